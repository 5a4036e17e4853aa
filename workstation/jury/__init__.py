"""The jury's console: the role-player's seat and the observer's."""
