"""What a running call's packets tell: its quality every two seconds, and that its far end is gone."""

from __future__ import annotations

from cti.messages import CallQuality, MediaFlowed
from cti.phone.emodel import estimate_mos
from cti.phone.pjsua2_line import Line
from cti.phone.pjsua2_media import read_figures, received_packets

QUALITY_EVERY = 2.0  # seconds
READ_EVERY = 0.2
FLOW_LIMIT = 1.0  # seconds without RTP that are worth saying


def quality_due(line: Line, now: float) -> bool:
    """True once every QUALITY_EVERY seconds of an answered call."""
    if line.answered_at is None or now - line.quality_at < QUALITY_EVERY:
        return False
    line.quality_at = now
    return True


def last_quality(line: Line) -> CallQuality | None:
    """The figures of the whole call up to now; after the stream's end, those it ended with. None before any stream."""
    if line.answered_at is None:
        return None
    fresh = read_figures(line.call, line.audio_index) if line.call is not None and line.media_up else None
    if fresh is not None:
        line.figures = fresh
    latest = line.figures
    if latest is None:
        return None
    received = line.past_received + (fresh.received if fresh else 0)
    lost = line.past_lost + (fresh.lost if fresh else 0)
    loss_pct = 100.0 * lost / (received + lost) if received + lost else 0.0
    return CallQuality(
        call_id=line.call_id,
        call_key=line.call_key,
        codec=line.codec,
        received=received,
        lost=lost,
        loss_pct=round(loss_pct, 2),
        jitter_ms=round(latest.jitter_ms, 2),
        rtt_ms=None if latest.rtt_ms is None else round(latest.rtt_ms, 2),
        mos=estimate_mos(line.codec, loss_pct, latest.jitter_buffer_ms, latest.rtt_ms) if received else 1.0,
        far_loss_pct=None if latest.far_loss_pct is None else round(latest.far_loss_pct, 2),
    )


def count_ended_stream(line: Line) -> None:
    """Keep a stream's counters while it can still be read: a re-INVITE may begin a new one, the call's end begins none."""
    if line.call is None:
        return
    figures = read_figures(line.call, line.audio_index)
    if figures is not None:
        line.figures = figures
        line.past_received += figures.received
        line.past_lost += figures.lost
    line.media_up = False


def read_flow(line: Line, now: float) -> MediaFlowed | None:
    """Whether RTP comes, read some times a second while it should: on a call that neither end holds. The fact, when that changed."""
    since = now - line.packets_read
    if not line.talking or line.remote_held or not line.media_up or line.call is None or since < READ_EVERY:
        return None
    count = received_packets(line.call, line.audio_index)
    line.packets_read = now
    if count is None or line.packets == -1:  # no stream, or one whose past says nothing of now
        line.packets, line.packets_at = -1 if count is None else count, now
        return None
    if count != line.packets:
        line.packets, line.packets_at = count, now
        if line.flowing:
            return None
    elif since > FLOW_LIMIT:  # we were stopped ourselves
        line.packets_at = now
        return None
    elif not line.flowing or now - line.packets_at < FLOW_LIMIT:
        return None
    line.flowing = not line.flowing
    return MediaFlowed(line.call_id, line.call_key, line.flowing)


def media_is_dead(line: Line, now: float, limit: float) -> bool:
    """True when an unheld call has received no RTP for `limit` seconds, as `read_flow` saw it; 0 is never. Never of a call that only
    listens: an exchange sends it nothing while there is nothing to hear."""
    if limit <= 0 or line.listen_only or not line.talking or line.remote_held or not line.media_up or line.packets_read < line.packets_at:
        return False
    return now - line.packets_at > limit
