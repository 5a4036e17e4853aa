"""What the writing desk says: lengths, printing, a text about to be handed in. Pure."""

from __future__ import annotations

from crm_mock.rules import written_reply
from scenarios.pack_letters import blanks
from workstation.desk.state import PrintView
from workstation.i18n import N_, _
from workstation.ui.record_words import value_word
from workstation.ui.widgets.value_text import plain_line

PRINTING = {
    "sending": N_("Impression : envoi…"),
    "sent": N_("Impression : reçue par l'imprimante"),
    "waiting": N_("Impression : en attente"),
    "printing": N_("Impression en cours"),
    "stopped": N_("L'imprimante est arrêtée"),
    "done": N_("✓ Imprimé"),
    "cancelled": N_("Impression annulée à l'imprimante"),
    "failed": N_("L'imprimante a abandonné l'impression"),
    "refused": N_("L'imprimante refuse l'impression"),
    "unreachable": N_("L'imprimante ne répond pas"),
    "lost": N_("L'imprimante ne répond plus : vérifiez ce qui est sorti"),
}
REASONS = {  # of IPP's keywords, without their ending (-report, -warning, -error)
    "media-empty": N_("plus de papier"),
    "media-needed": N_("papier à mettre"),
    "media-jam": N_("bourrage"),
    "media-low": N_("bientôt plus de papier"),
    "toner-empty": N_("plus de toner"),
    "toner-low": N_("toner bientôt vide"),
    "marker-supply-empty": N_("plus d'encre"),
    "marker-supply-low": N_("encre bientôt vide"),
    "door-open": N_("capot ouvert"),
    "cover-open": N_("capot ouvert"),
    "paused": N_("en pause"),
    "offline": N_("hors ligne"),
    "connecting-to-device": N_("liaison en cours"),
    "accepting": N_("elle n'accepte pas de travaux"),
    "operation": N_("elle ne sait pas imprimer par ce protocole"),
}
QUIET = frozenset({"job-printing", "job-incoming", "job-completed-successfully", "processing-to-stop-point", "job-queued"})
SUPPORTED_SHOWN = 3


def printing_words(view: PrintView | None) -> str:
    """Where a printing stands, with the reason the printer gives."""
    if view is None:
        return ""
    if view.reasons == ("format",):
        formats = ", ".join(view.formats[:SUPPORTED_SHOWN])
        return _("{printer} n'accepte pas le PDF (seulement {formats}) : passez par une file d'impression").format(
            printer=plain_line(view.printer) or _("L'imprimante"), formats=plain_line(formats)
        )
    words = _(PRINTING.get(view.state, "Impression"))
    reasons = [one for one in dict.fromkeys(map(_reason, view.reasons)) if one]
    said = ", ".join(reasons) or view.detail
    return words + (f" – {plain_line(said)}" if said else "")


def _reason(keyword: str) -> str:
    if keyword in QUIET:
        return ""
    bare = keyword
    for ending in ("-report", "-warning", "-error"):
        bare = bare.removesuffix(ending)
    return _(REASONS[bare]) if bare in REASONS else keyword


def length_line(text: str, channel: str) -> str:
    """Words and lines as they count, and what is usual for the channel."""
    length = written_reply.length(text)
    words = _("1 mot") if length.words == 1 else _("{count} mots").format(count=length.words)
    words += " · " + (_("1 ligne") if length.lines == 1 else _("{count} lignes").format(count=length.lines))
    if channel == "sms":
        parts = written_reply.sms_parts(text)
        return words + " · " + _("{signs} signes, {parts} SMS").format(signs=length.signs, parts=parts)
    low, high = written_reply.LINES_WANTED.get(channel, (0, 0))
    return words + (" " + _("({low} à {high})").format(low=low, high=high) if high else "")


def before_handing_in(channel: str, sent_to: str, subject: str, body: str) -> list[str]:
    """What one would want to know before a text is final; nothing of it forbids handing it in."""
    remarks = []
    left = blanks(f"{subject}\n{body}")
    if left:
        remarks.append(_("Champs du modèle non remplis : {fields}").format(fields=", ".join(f"[{one}]" for one in left)))
    if channel != "sms" and not subject.strip():
        remarks.append(_("L'objet est vide."))
    if channel in ("e-mail", "sms") and not sent_to.strip():
        remarks.append(_("Le destinataire est vide."))
    remark = written_reply.length_words(body, channel)
    if remark:
        remarks.append(_("Longueur : {remark}").format(remark=remark))
    return remarks


def first_blank(text: str, start: tuple[int, int]) -> tuple[tuple[int, int], tuple[int, int]] | None:
    """Where the first blank of a text begins and ends once the text stands at `start`: rows and columns."""
    first = next(iter(blanks(text)), None)
    if first is None:
        return None
    at = text.index(f"[{first}]")
    row = text.count("\n", 0, at)
    column = at - (text.rfind("\n", 0, at) + 1) + (start[1] if row == 0 else 0)
    return (start[0] + row, column), (start[0] + row, column + len(first) + 2)


def channel_words(channel: str) -> str:
    return value_word(channel)
