"""Which device each of the station's three sounds should use now, and what to tell people about it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from cti.phone.audio.devices import Devices

Kind = Literal["microphone", "speaker"]
LABELS = {"microphone": "micro", "speaker": "casque"}


@dataclass(frozen=True)
class Place:
    """`shown`: the device people hear or speak into, "" for none; `key`: what to open, "" following the system's default."""

    shown: str = ""
    key: str = ""
    missing: str = ""  # a French sentence when it is not the device that was asked for

    @property
    def usable(self) -> bool:
        return bool(self.shown)


def place(kind: Kind, wanted: str, devices: Devices, silent: frozenset[str] = frozenset()) -> Place:
    """`wanted` if it is there, else the default, else any; `silent` names devices that are listed but give no sign of life."""
    listed = devices.microphones if kind == "microphone" else devices.speakers
    default = devices.default_microphone if kind == "microphone" else devices.default_speaker
    names = [name for name in listed if name not in silent]
    if wanted in names:
        return Place(wanted, wanted)
    if default in names:
        stand_in = Place(default, "")
    elif names:
        stand_in = Place(names[0], names[0])
    else:
        return Place(missing=f"« {wanted} » n'est plus là" if wanted else f"aucun {LABELS[kind]}")
    if not wanted:
        return stand_in
    return Place(stand_in.shown, stand_in.key, f"« {wanted} » n'est plus là, remplacé par « {stand_in.shown} »")
