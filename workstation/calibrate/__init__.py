"""The calibration of a class: the jury's grid, and its reading side by side, over files that one carries; no room, no network."""
