"""Textual's driver for a desk whose descriptor 1 is turned away to a log."""

from __future__ import annotations

import os

from textual.drivers.linux_driver import LinuxDriver


class TerminalDriver(LinuxDriver):
    """Asks the terminal it draws on for its size: Textual's own asks descriptor 1, and paints 80 × 24 when that is a file."""

    def _get_terminal_size(self) -> tuple[int, int]:
        try:
            columns, lines = os.get_terminal_size(2 if self._file is None else self._file.fileno())
        except (OSError, ValueError):
            return super()._get_terminal_size()
        return columns or 80, lines or 25
