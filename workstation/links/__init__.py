"""The desk's links with the room server, and the spool of what the server has not confirmed yet."""
