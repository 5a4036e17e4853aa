"""The French dictionary of this machine, if it has one: Hunspell's, as Debian, LibreOffice and macOS install it.

The only place that knows the Hunspell library. Nothing is downloaded; PLATEAU_DICTIONARY names another `.dic` (with its `.aff` beside).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from workstation.i18n import N_, _

NAMES = ("fr_FR", "fr", "fr-toutesvariantes", "fr-classique", "fr-moderne", "fr-reforme1990", "fr-classical", "fr-comprehensive")
_FOLDERS = (
    "/usr/share/hunspell",
    "/usr/local/share/hunspell",
    "/usr/share/myspell",
    "/usr/share/myspell/dicts",
    "/opt/homebrew/share/hunspell",
    "/usr/lib/libreoffice/share/extensions/dict-fr",
    "/usr/lib64/libreoffice/share/extensions/dict-fr",
    "/Library/Spelling",
    "/Applications/LibreOffice.app/Contents/Resources/extensions/dict-fr",
    r"C:\Program Files\LibreOffice\share\extensions\dict-fr",
    r"C:\Program Files (x86)\LibreOffice\share\extensions\dict-fr",
)
VARIABLE = "PLATEAU_DICTIONARY"
MOST_SUGGESTIONS = 6
LONGEST = 60  # letters of a word that is looked up
NO_LIBRARY = N_("Correcteur permis, mais ce poste n'a pas la bibliothèque Hunspell : rien n'est vérifié.")
NO_DICTIONARY = N_("Correcteur permis, mais ce poste n'a pas de dictionnaire français (hunspell-fr ou LibreOffice) : rien n'est vérifié.")


class Speller(Protocol):
    def known(self, word: str) -> bool: ...

    def suggest(self, word: str) -> list[str]: ...


class NoSpeller(Exception):
    """Words cannot be checked here; the message, in French, says what this machine lacks."""


class Dictionary:
    """One dictionary. Raises NoSpeller when the library or the files cannot be used."""

    def __init__(self, dic: Path) -> None:
        try:
            from hunspell import Hunspell
        except ImportError:
            raise NoSpeller(_(NO_LIBRARY)) from None
        try:
            self._hunspell = Hunspell(dic.stem, hunspell_data_dir=str(dic.parent), system_encoding=sys.getfilesystemencoding())
        except OSError:
            raise NoSpeller(_(NO_DICTIONARY)) from None

    def known(self, word: str) -> bool:
        """A word with signs that the dictionary cannot write is not in it; one too long to be one is left alone."""
        try:
            return len(word) > LONGEST or bool(self._hunspell.spell(word))
        except (UnicodeError, ValueError):
            return False

    def suggest(self, word: str) -> list[str]:
        """The nearest first; takes some tenths of a second."""
        try:
            return [str(one) for one in self._hunspell.suggest(word)][:MOST_SUGGESTIONS] if len(word) <= LONGEST else []
        except (UnicodeError, ValueError):
            return []


@lru_cache(maxsize=1)
def french_dictionary() -> Dictionary:
    """Read once. Raises NoSpeller."""
    for dic in dictionary_files():
        return Dictionary(dic)
    raise NoSpeller(_(NO_DICTIONARY))


def dictionary_files() -> Iterator[Path]:
    """French dictionaries of this machine that are whole, the preferred one first."""
    named = os.environ.get(VARIABLE)
    known = [Path(named)] if named else [Path(folder) / f"{name}.dic" for folder in _folders() for name in NAMES]
    for dic in known:
        if dic.is_file() and dic.with_suffix(".aff").is_file():
            yield dic


def _folders() -> Iterator[str]:
    yield from _FOLDERS
    yield str(Path.home() / ".local/share/hunspell")
    yield str(Path.home() / "Library/Spelling")
    for found in sorted(Path("/opt").glob("libreoffice*/share/extensions/dict-fr")):
        yield str(found)
