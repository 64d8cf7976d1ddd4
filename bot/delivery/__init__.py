"""Sending: replies and announcements on their way to people, at the rate and in the silence a channel asks for."""
