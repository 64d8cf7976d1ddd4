"""Announcements: who may send, what is refused, when it goes out, who approves, what became of it. No sending."""
