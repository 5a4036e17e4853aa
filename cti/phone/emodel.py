"""How good a call sounds, estimated from its packets: the E-model of ITU-T G.107 on its narrow-band scale.

Everything G.107 knows of rooms, sidetone and echo is left at its default, which makes the rating
R = 93.2 - Id - Ie,eff (G.107 §7, default R0 - Is = 93.2). It is an estimation: nobody listened.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

R_DEFAULT = 93.2
PACKET_MS = 20.0
SOUND_DEVICES_MS = 60.0  # microphone and speaker with their buffers, measured through PulseAudio

# Ie and Bpl (robustness to random loss) of ITU-T G.113 appendix I. G.722 is wide-band: G.113 gives it Ie 13 on this scale, which
# would rate a perfect one below G.711 although it sounds better (PESQ-WB 4.4 against 3.6), so it is taken as unimpaired.
IMPAIRMENTS: dict[str, tuple[float, float]] = {
    "PCMA": (0.0, 25.1),
    "PCMU": (0.0, 25.1),
    "G722": (0.0, 25.1),
    "GSM": (20.0, 10.0),
    "ILBC": (11.0, 32.0),
    "SPEEX": (11.0, 32.0),
}
UNKNOWN_CODEC = (0.0, 4.3)  # G.711 without concealment: the most pessimistic of G.113's G.711 rows


@dataclass(frozen=True)
class Impairment:
    """What a call suffers: random loss in percent (0..100), mouth-to-ear delay one way in ms (>= 0)."""

    codec: str
    loss_pct: float
    one_way_ms: float


def delay_impairment(one_way_ms: float) -> float:
    """Idd of G.107 §7.4.3 (eq. 7-27): nothing up to 100 ms, then growing with the delay Ta."""
    if one_way_ms <= 100:
        return 0.0
    x = math.log2(one_way_ms / 100)
    return 25 * (math.pow(1 + x**6, 1 / 6) - 3 * math.pow(1 + (x / 3) ** 6, 1 / 6) + 2)


def loss_impairment(codec: str, loss_pct: float) -> float:
    """Ie,eff of G.107 §7.5 (eq. 7-29) for random loss (BurstR = 1)."""
    ie, bpl = IMPAIRMENTS.get(codec.upper(), UNKNOWN_CODEC)
    loss = min(max(loss_pct, 0.0), 100.0)
    return ie + (95 - ie) * loss / (loss + bpl)


def rating(call: Impairment) -> float:
    """The transmission rating R, at most 93.2; below 0 is possible."""
    return R_DEFAULT - delay_impairment(call.one_way_ms) - loss_impairment(call.codec, call.loss_pct)


def mean_opinion(r: float) -> float:
    """MOS from R, 1.0 .. 4.5 (G.107 Annex B, eq. B-4); its dip below 1 for R under 6.5 is levelled."""
    if r <= 0:
        return 1.0
    if r >= 100:
        return 4.5
    return max(1.0, 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6)


def estimate_mos(codec: str, loss_pct: float, jitter_buffer_ms: float, rtt_ms: float | None) -> float:
    """MOS of a running call; an unknown round trip counts as none. Rounded to 0.01."""
    one_way = (rtt_ms or 0.0) / 2 + max(jitter_buffer_ms, 0.0) + PACKET_MS + SOUND_DEVICES_MS
    return round(mean_opinion(rating(Impairment(codec, loss_pct, one_way))), 2)
