"""Announcements: compose, approve, schedule, outbox, deliver, report."""
