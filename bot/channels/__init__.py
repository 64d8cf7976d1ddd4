"""Channels: the ways to reach people, a folder for each vendor, and what all of them share."""
