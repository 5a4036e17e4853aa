"""The session console as a process of its own: the one entry `plateau session` calls."""

from __future__ import annotations

from pathlib import Path

from workstation.desk_process import LEFT, draw_on_this_terminal, output_to_log, start_log
from workstation.links.enrol_link import Enrolment, verified_by
from workstation.session.state import Role

LOG = "session.log"
DOCUMENTS = "documents"
ROLES: dict[str, Role] = {"manager": "session_manager", "invigilator": "invigilator"}  # by kind of place


def run_session(enrolment: Enrolment, folder: Path) -> int:
    """Run the console in this terminal until it is left; returns the exit code. `folder` keeps `session.log` and, in `documents`, what is
    saved on this machine."""
    from workstation.session.app import SessionApp
    from workstation.session.session_link import SessionLink

    folder.mkdir(parents=True, exist_ok=True)
    start_log(folder / LOG)
    with output_to_log(folder / LOG):
        trust = verified_by(enrolment.ca_pem) if enrolment.ca_pem else None
        link = SessionLink(enrolment.url, enrolment.token, trust=trust)
        app = SessionApp(link, ROLES[enrolment.kind], folder / DOCUMENTS)
        draw_on_this_terminal(app)
        app.run()
    return app.return_code or LEFT
