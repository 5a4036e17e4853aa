"""The virtual customer, from its conversation to a real call."""
