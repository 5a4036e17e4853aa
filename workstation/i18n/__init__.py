"""Interface strings: French in the source, English by catalogue. `_` marks and translates, `N_` marks only.

Strings made when a module is imported are marked with `N_` and translated where they are shown.
"""

from __future__ import annotations

import gettext
import os
from pathlib import Path

DOMAIN = "plateau"
LOCALES = Path(__file__).parent / "locales"
_translation: gettext.NullTranslations = gettext.NullTranslations()


def wanted_language() -> str:
    """`PLATEAU_LANG`, else the environment's own when it is English, else French."""
    chosen = os.environ.get("PLATEAU_LANG") or os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or "fr"
    return "en" if chosen.lower().startswith("en") else "fr"


def use_language(language: str) -> None:
    """Speak this language from now on; strings already shown stay as they are."""
    global _translation
    _translation = (
        gettext.NullTranslations() if language == "fr" else gettext.translation(DOMAIN, LOCALES, languages=[language], fallback=True)
    )


def _(text: str) -> str:
    """The empty string stays empty: gettext keeps the catalogue's header under it."""
    return _translation.gettext(text) if text else ""


def N_(text: str) -> str:
    return text


def labelled(label: str, text: str) -> str:
    """Both as the language joins them: « Adresse : Lyon », "Address: Lyon"."""
    return _("{label} : {text}").format(label=label, text=text)
