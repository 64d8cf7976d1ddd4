"""What was asked and what became of it, counted: gathered, kept from telling on anybody, and shown."""
