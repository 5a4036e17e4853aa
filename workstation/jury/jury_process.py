"""The jury's console as a process of its own: the one entry `plateau jury` calls."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path

from workstation.config import Settings, load_settings
from workstation.desk_process import CANNOT_START, LEFT, draw_on_this_terminal, opened_spool, output_to_log, start_log
from workstation.ui.phone_port import Phone

LOG, SPOOL = "jury.log", "jury.spool"


def run_jury(
    url: str,
    token: str,
    ca_pem: str,
    make_phone: Callable[[Settings], Phone],
    folder: Path,
    *,
    settings: Settings | None = None,
) -> int:
    """Run the console in this terminal until it is left; returns the exit code.

    `url` is the room server's base, `token` the seat's, `ca_pem` the authority its certificate is verified by (PEM text, "" over plain
    HTTP); `make_phone` builds the phone, with the devices remembered on this machine: the console starts it and registers it with the
    account the room gives. `folder` keeps `jury.log` and what was noted and is not in the room yet: the same must be given again after a
    crash. Another console on the same folder gives code 2.
    """
    from workstation.jury.app import JuryApp
    from workstation.jury.jury_link import JuryLink
    from workstation.links.check_link import check_of
    from workstation.links.enrol_link import verified_by

    folder.mkdir(parents=True, exist_ok=True)
    start_log(folder / LOG)
    settings = settings if settings is not None else load_settings()
    spool = opened_spool(folder / SPOOL)
    if spool is None:
        return CANNOT_START
    with contextlib.closing(spool), output_to_log(folder / LOG):
        trust = verified_by(ca_pem) if ca_pem else None
        app = JuryApp(JuryLink(url, token, spool, trust=trust), make_phone(settings), settings=settings)
        app.check = check_of(app, url, token, trust)
        draw_on_this_terminal(app)
        app.run()
    return app.return_code or LEFT
