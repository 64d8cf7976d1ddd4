"""The store of several replicas: one PostgreSQL database. Whoever wants a store opens it through bot.stores."""
