"""Servers of other people's, played on loopback."""
