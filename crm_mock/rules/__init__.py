"""Business rules as data and pure functions: no I/O, no clock of their own."""
