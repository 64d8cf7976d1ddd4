"""Measurements, run by hand: they print tables and never fail a build."""
