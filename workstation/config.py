"""What this machine remembers between two sittings: sound devices and the agent's name. One small TOML file a person can read.

It lies in the user's configuration folder; `PLATEAU_HOME` puts it elsewhere. A file that cannot be read counts as empty:
a desk must start.
"""

from __future__ import annotations

import json
import os
import tomllib
from dataclasses import asdict, dataclass
from pathlib import Path

import platformdirs

from crm_mock import durable

FILE = "station.toml"


@dataclass(frozen=True)
class Settings:
    """Device names as the machine gives them; "" is the machine's default. `printer`: ipp://machine:port/queue, "" none."""

    microphone: str = ""
    speaker: str = ""
    ringer: str = ""
    agent_name: str = ""
    printer: str = ""


def config_folder() -> Path:
    """Where this machine's settings are kept; not created."""
    home = os.environ.get("PLATEAU_HOME")
    return Path(home) if home else Path(platformdirs.user_config_dir("plateau", appauthor=False))


def data_folder() -> Path:
    """Where sittings are kept; not created."""
    home = os.environ.get("PLATEAU_HOME")
    return Path(home) / "data" if home else Path(platformdirs.user_data_dir("plateau", appauthor=False))


def load_settings(folder: Path | None = None) -> Settings:
    try:
        told = tomllib.loads(((folder or config_folder()) / FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return Settings()
    known = {name: value for name, value in told.items() if name in Settings.__dataclass_fields__ and isinstance(value, str)}
    return Settings(**known)


def save_settings(settings: Settings, folder: Path | None = None) -> Path:
    """Written whole beside the old file, then put in its place. Raises OSError."""
    folder = folder or config_folder()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / FILE
    # A JSON string is a TOML basic string, once the one character TOML refuses raw is escaped.
    lines = [f"{name} = {json.dumps(value, ensure_ascii=False)}".replace("\x7f", "\\u007F") for name, value in asdict(settings).items()]
    durable.write_file(path, ("\n".join(lines) + "\n").encode())
    return path
