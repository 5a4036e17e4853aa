"""Revisions: never changed once released, since registers hold what they made."""
