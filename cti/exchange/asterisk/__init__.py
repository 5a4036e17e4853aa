"""Asterisk as the exchange of a room: its configuration, its process, and the link through which the room server follows it."""
