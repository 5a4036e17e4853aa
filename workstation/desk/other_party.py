"""The sentences that name who is at the other end of a call: a customer for the candidate, the candidate for the jury. French, marked."""

from __future__ import annotations

from dataclasses import dataclass

from workstation.i18n import N_


@dataclass(frozen=True)
class OtherParty:
    """Each is translated where it is shown. `deaf`: our microphone is cut; `stays`: a transfer was refused, with {code} and {reason}."""

    rings: str
    rings_said: str
    hung_up: str
    holds_us: str
    holding: str
    takes_us_back: str
    on_hold: str
    digit: str
    deaf: str
    stays: str
    no_sound: str
    soundless: str
    meter: str


CUSTOMER = OtherParty(
    rings=N_("Sonne chez le client"),
    rings_said=N_("Ça sonne chez le client."),
    hung_up=N_("Le client a raccroché"),
    holds_us=N_("Le client vous a mis en attente."),
    holding=N_("le client vous a mis en attente"),
    takes_us_back=N_("Le client a repris la communication."),
    on_hold=N_("Client en attente."),
    digit=N_("Touche reçue du client : {digit}"),
    deaf=N_("Micro coupé : le client ne vous entend plus."),
    stays=N_("Transfert refusé par le destinataire ({code} {reason}) : le client est toujours en ligne."),
    no_sound=N_("Aucun appareil de son : suivez les sous-titres."),
    soundless=N_("Pas de son : sous-titres"),
    meter=N_("micro {mic} client {speaker}"),
)
