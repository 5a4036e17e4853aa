"""baresip on a terminal of its own, called without a registrar."""

from __future__ import annotations

import os
from pathlib import Path

from benchmarks.processes import PtyProgram, udp_ports, wait_for
from tests.contract.baresip_peer import modules_folder
from tests.contract.sipp_peer import free_udp_port

CONFIG = """\
sip_listen 127.0.0.1:{sip}
net_interface 127.0.0.1
audio_source {source}
audio_player {player}
audio_alert {alert}
ring_aufile none
rtp_ports {rtp}-{rtp_end}
module_path {modules}
{modules_wanted}
module_app account.so
module_app menu.so
snd_path {folder}
{more}
"""
# What the configuration file that baresip writes at its first start has: 20 ms packets and a fixed jitter buffer of 5 frames.
SHIPPED = """\
audio_buffer 20-160
jitter_buffer_type fixed
jitter_buffer_delay 5-10
"""


class BaresipSide(PtyProgram):
    """`source` and `player` are "module,device"; `answers` by itself or only rings. PCMA only."""

    def __init__(
        self,
        folder: Path,
        source: str = "ausine,440",
        player: str = "aubridge,far",
        *,
        answers: bool = False,
        environment: dict[str, str] | None = None,
        more: str = SHIPPED,
    ) -> None:
        folder.mkdir(parents=True)
        self.port = free_udp_port()
        rtp = 20000 + self.port % 20000 // 2 * 2
        modules = dict.fromkeys(["g711", "aubridge", *(each.split(",")[0] for each in (source, player))])
        text = CONFIG.format(
            sip=self.port, source=source, player=player, alert="aubridge,alert", rtp=rtp, rtp_end=rtp + 200, modules=modules_folder(),
            modules_wanted="\n".join(f"module {name}.so" for name in modules), folder=folder, more=more,
        )  # fmt: skip
        (folder / "config").write_text(text)
        mode = "auto" if answers else "manual"
        (folder / "accounts").write_text(f"<sip:bare@127.0.0.1:{self.port}>;regint=0;answermode={mode};audio_codecs=PCMA;ptime=20\n")
        (folder / "contacts").write_text("")
        super().__init__(["baresip", "-f", str(folder)], {"TERM": "dumb", **(environment or {})}, stop_limit=4.0)

    def __enter__(self) -> BaresipSide:
        super().__enter__()
        try:
            wait_for(lambda: self.port in udp_ports(self.pid), "baresip listens")
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    @property
    def target(self) -> tuple[str, int, str]:
        return "127.0.0.1", self.port, "bare"


def has_alsa_pulse() -> bool:
    """True when ALSA programs can play into PulseAudio (Debian: libasound2-plugins)."""
    folders = [Path(os.environ["ALSA_PLUGIN_DIR"])] if "ALSA_PLUGIN_DIR" in os.environ else []
    folders += [*Path("/usr/lib").glob("*/alsa-lib"), Path("/usr/lib64/alsa-lib"), Path("/usr/lib/alsa-lib")]
    return any((folder / "libasound_module_pcm_pulse.so").exists() for folder in folders)


def alsa_through_pulse(home: Path, server: str, microphone: str, speaker: str) -> dict[str, str]:
    """The environment in which ALSA's devices `microphone` and `speaker` are a PulseAudio source and sink."""
    names = {"microphone": microphone, "speaker": speaker}
    home.mkdir(parents=True, exist_ok=True)
    (home / ".asoundrc").write_text(
        "".join(f'pcm.{name} {{\n  type pulse\n  server "{server}"\n  device "{device}"\n}}\n' for name, device in names.items())
    )
    return {"HOME": str(home)}
