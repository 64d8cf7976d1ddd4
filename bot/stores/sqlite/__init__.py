"""The embedded store: one SQLite file. Whoever wants a store opens it through bot.stores."""
