"""What is kept, in the SQL that every engine speaks. An engine gives a connection, its tables, and what it alone can do."""
