"""`make bench-delivery`: how announcements go out, on real files and real processes against the Bot API stub on loopback."""
