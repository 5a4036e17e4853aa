"""A written reply as it leaves the case file: what stands around its text, and what lets a printed page be checked.

Each page of the PDF carries `page_hash`: whoever holds the case file can compute it again from the text as kept, and see that
the page on the table is one of the reply handed in, whole and unchanged.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass

from crm_mock.models import Reply
from crm_mock.rules import written_reply
from crm_mock.rules.calendar import PARIS, long
from crm_mock.rules.profile import CompanyProfile

HASH_SHOWN = 16  # hexadecimal signs of a page's hash, in groups of four


@dataclass(frozen=True)
class Paper:
    """`addressee`: the lines of a postal address; `candidate`: what names whoever wrote it, a number in an exam; `asked`: « W3 – … »."""

    company: CompanyProfile
    reply: Reply
    addressee: tuple[str, ...]
    day: dt.date
    candidate: str = ""
    asked: str = ""

    @property
    def title(self) -> str:
        return self.reply.subject or self.asked or "Réponse écrite"

    @property
    def dated(self) -> str:
        town = self.company.address[-1].split(" ", 1)[-1] if self.company.address else ""
        return f"{town}, le {long(self.day)}" if town else f"Le {long(self.day)}"

    @property
    def head(self) -> tuple[tuple[str, str], ...]:
        """Of an e-mail or a text message: what stands above the text."""
        sender = self.company.email if self.reply.channel == "e-mail" else self.company.name
        lines = [("De", f"{self.company.name} <{sender}>" if "@" in sender else sender), ("À", self.reply.sent_to)]
        lines += [("Objet", self.reply.subject)] if self.reply.channel == "e-mail" else []
        return (*lines, ("Date", long(self.day)))

    @property
    def stamp(self) -> str:
        """Who wrote it, for what, since when it is final, and whether unknown words could be shown meanwhile."""
        who = f"Candidat : {self.candidate}" if self.candidate else ""
        if self.reply.status == "remise" and self.reply.submitted_at:
            at = dt.datetime.fromisoformat(self.reply.submitted_at).astimezone(PARIS)
            state = f"remise le {at:%d/%m/%Y} à {at:%H:%M:%S}"
        else:
            state = "BROUILLON, NON REMIS"
        checked = "avec correcteur (permis par la session)" if self.reply.spellcheck else ""
        return " · ".join(part for part in (who, self.asked, state, checked) if part)

    @property
    def sha256(self) -> str:
        """Of the text, as handed in or as it stands."""
        return self.reply.sha256 or written_reply.fingerprint(self.reply.body)


def page_hash(text_sha256: str, candidate: str, page: int, pages: int) -> str:
    """SHA-256 of a page of a reply: of its text's SHA-256, the candidate and « page/pages », parted by a form feed; as shown, in groups
    of four signs."""
    digest = hashlib.sha256(f"{text_sha256}\f{candidate}\f{page}/{pages}".encode()).hexdigest()[:HASH_SHOWN]
    return " ".join(digest[n : n + 4] for n in range(0, HASH_SHOWN, 4))
