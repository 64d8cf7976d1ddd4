"""Loa Bản: sourced answers and commune announcements for residents of Điện Biên."""

__version__ = "0.1.0"
