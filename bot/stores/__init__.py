"""Stores: everything that survives a restart, and the only SQL there is. One folder an engine."""
