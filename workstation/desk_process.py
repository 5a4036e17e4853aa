"""The desk as a process of its own: the one entry `plateau desk` and the lab call."""

from __future__ import annotations

import contextlib
import gc
import logging
import os
import ssl
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from workstation.config import Settings, load_settings, save_settings
from workstation.i18n import _
from workstation.ui.messages import LeaveAsked
from workstation.ui.phone_port import Phone

if TYPE_CHECKING:
    from textual.app import App

    from workstation.links.spool import Spool
    from workstation.ui.app import DeskApp

logger = logging.getLogger("plateau.desk")
LEFT = 0
CANNOT_START = 2
CANNOT_GO_ON = 70  # EX_SOFTWARE
LEAVES_WITHIN = 10.0  # seconds


def run_desk(
    room_url: str,
    token: str,
    make_phone: Callable[[Settings], Phone],
    folder: Path,
    *,
    agent_name: str = "",
    settings: Settings | None = None,
    parent_pipe: int | None = None,
    trust: ssl.SSLContext | None = None,
    checked: bool = False,
    sitting: str = "",
) -> int:
    """Run the candidate's desk in this terminal until it is left; returns the exit code.

    `room_url` is the room server's base (http://host:port), `token` the candidate's, `trust` what the room's certificate is verified by;
    `make_phone` builds the phone (it is started by the desk, with the devices remembered on this machine); `folder` keeps the spool,
    the drafts and `desk.log` of this desk: the same folder must be given again after a crash. The end of `parent_pipe`, a descriptor,
    means that whoever started the desk is gone: it leaves. Another desk on the same folder gives code 2. `checked`: the room may check
    this machine (`plateau check`). `sitting` is the id of the one `folder` is of, "" where there is no other; when the place has another
    one, the code is OTHER_SITTING.
    """
    from workstation.links.room_link import RoomLink
    from workstation.ui.app import DeskApp

    folder.mkdir(parents=True, exist_ok=True)
    start_log(folder / "desk.log")
    settings = settings if settings is not None else load_settings()
    keep: Callable[[Settings], object] = save_settings
    if sitting:  # the machine is the room's: the next who sits here is somebody else
        settings, keep = _nobodys(settings), _keep_nobodys
    spool = opened_spool(folder / "desk.spool")
    if spool is None:
        return CANNOT_START
    with contextlib.closing(spool), output_to_log(folder / "desk.log"):
        link = RoomLink(room_url, token, spool, exports=folder, sitting=sitting, trust=trust)
        app = DeskApp(link, make_phone(settings), settings=settings, agent_name=agent_name, keep_settings=keep)
        if checked:
            from workstation.links.check_link import check_of

            app.check = check_of(app, room_url, token, trust)
        draw_on_this_terminal(app)
        if parent_pipe is not None:
            threading.Thread(target=_leave_with_parent, args=(parent_pipe, app), name="parent pipe", daemon=True).start()
        app.run()
    return app.return_code or LEFT


def _nobodys(settings: Settings) -> Settings:
    return replace(settings, agent_name="")


def _keep_nobodys(settings: Settings) -> Path:
    return save_settings(_nobodys(settings))


def _leave_with_parent(pipe: int, app: DeskApp) -> None:
    """Leave as if the agent had asked for it; a desk that cannot even do that is ended."""
    with contextlib.suppress(OSError):
        while os.read(pipe, 4096):
            pass
    logger.warning("whoever started the desk is gone: leaving")
    end = threading.Timer(LEAVES_WITHIN, os._exit, (CANNOT_GO_ON,))
    end.daemon = True
    end.start()
    app.post_message(LeaveAsked())


def opened_spool(path: Path) -> Spool | None:
    """What was noted and is not in the room yet; None, and why on standard error, when it cannot be had."""
    from workstation.links.spool import Spool, SpoolInUse, SpoolUnusable

    try:
        return Spool(path)
    except SpoolInUse:
        print(_("Un autre poste est déjà ouvert sur ce dossier : {folder}").format(folder=path.parent), file=sys.stderr)
    except SpoolUnusable as error:
        words = _("Le dossier du poste ne peut pas être écrit (disque plein ?) : {folder} ({why})")
        print(words.format(folder=path.parent, why=error), file=sys.stderr)
    return None


def start_log(log: Path) -> None:
    logging.basicConfig(filename=log, level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s", force=True)
    logging.raiseExceptions = False  # a log that cannot be written must not be drawn over the desk
    logging.getLogger("httpx").setLevel(logging.WARNING)


def draw_on_this_terminal(app: App[int]) -> None:
    """What is loaded by now is never garbage, and a screen makes many objects and few cycles: looking for these as often as Python does
    by default takes an eighth of a console's time."""
    gc.freeze()
    gc.set_threshold(20_000, 10, 20)
    if sys.platform != "win32":
        from workstation.ui.terminal_driver import TerminalDriver

        app.driver_class = TerminalDriver


@contextlib.contextmanager
def output_to_log(log: Path) -> Iterator[None]:
    """Whatever a native library prints goes to the log: Textual draws on stderr, so only descriptor 1 is turned away (not on
    Windows, where it draws on descriptor 1)."""
    if sys.platform == "win32":
        yield
        return
    sys.stdout.flush()
    kept, target = os.dup(1), os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(target, 1)
    try:
        yield
    finally:
        sys.stdout.flush()
        os.dup2(kept, 1)
        os.close(target)
        os.close(kept)
