"""Channels: the ways to reach people, one file each, and what all of them share."""
