"""Loa Bản: sourced answers for residents of Điện Biên."""

__version__ = "0.1.0"
