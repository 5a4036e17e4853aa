"""What people see and hear: the candidate's desk, the jury's console, the practice lab and the `plateau` command."""

__version__ = "0.1.0"
