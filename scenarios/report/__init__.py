"""What comes out of an exam, to read and to file: the jury's grids and decisions, annexes of the minutes, what the candidate did."""
