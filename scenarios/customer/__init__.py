"""The virtual customer: a dialogue played over a real call by a process of its own."""
