"""Every failure of the case file.

    CrmError
    ├── RecordNotFound          404 record_not_found
    ├── UnknownKind             404 unknown_kind
    ├── VersionConflict         409 version_conflict      details: current (record)
    ├── WriteIdReused           409 write_id_reused
    ├── Forbidden               403 forbidden             details: kind, fields
    ├── InvalidFields           422 invalid_fields        details: fields {name: French message}
    ├── CardNumberRefused       422 card_number_refused   details: fields {name: masked text}
    ├── BusinessRefusal         422 business_refusal      details: problems [French sentences]
    ├── BodyTooLarge            413 body_too_large        details: limit (bytes)
    ├── StorageFailed           503 storage_failed        the disk refused: nothing was written, the same write may be sent again
    └── CaseFileUnusable        500
        ├── CaseFileMissing         case_file_missing
        ├── CaseFileExists          case_file_exists
        ├── CaseFileClosed          case_file_closed
        ├── SchemaMismatch          schema_mismatch
        └── JournalBroken           journal_broken        details: seq, reason

`title` is a French sentence for a person; `error_id` is stable and for programs; `details` is JSON.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar


class CrmError(Exception):
    """Base of the tree; `status` is the HTTP status that says the same."""

    error_id: ClassVar[str] = "crm_error"
    status: ClassVar[int] = 500

    def __init__(self, title: str, details: Mapping[str, object] | None = None) -> None:
        super().__init__(title)
        self.title = title
        self.details: dict[str, object] = dict(details or {})

    def as_dict(self) -> dict[str, object]:
        return {"error_id": self.error_id, "title": self.title, "details": self.details}


class RecordNotFound(CrmError):
    error_id = "record_not_found"
    status = 404

    def __init__(self, kind: str, record_id: str) -> None:
        super().__init__("Cette fiche n'existe pas.", {"kind": kind, "id": record_id})


class UnknownKind(CrmError):
    error_id = "unknown_kind"
    status = 404

    def __init__(self, kind: str) -> None:
        super().__init__("Ce type de fiche n'existe pas.", {"kind": kind})


class VersionConflict(CrmError):
    """The record moved on since the caller read it; nothing was written."""

    error_id = "version_conflict"
    status = 409

    def __init__(self, current: Mapping[str, object] | None, base: int) -> None:
        title = "Cette fiche a été modifiée entre-temps : relisez-la avant d'enregistrer."
        if base == 0:
            title = "Une fiche existe déjà sous cet identifiant."
        super().__init__(title, {"current": dict(current) if current is not None else None, "base_version": base})


class WriteIdReused(CrmError):
    """The same write_id came with another content: answering the first result would lose the second."""

    error_id = "write_id_reused"
    status = 409

    def __init__(self, write_id: str) -> None:
        super().__init__("Cet enregistrement porte l'identifiant d'un autre : rien n'a été modifié.", {"write_id": write_id})


class Forbidden(CrmError):
    error_id = "forbidden"
    status = 403

    def __init__(self, title: str, kind: str, fields: Sequence[str] = ()) -> None:
        super().__init__(title, {"kind": kind, "fields": sorted(fields)})


class InvalidFields(CrmError):
    error_id = "invalid_fields"
    status = 422

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__("Certains champs sont à corriger : rien n'a été enregistré.", {"fields": dict(fields)})
        self.fields = dict(fields)


class CardNumberRefused(CrmError):
    """A bank card number or cryptogram was found; `masked` repeats the text without it."""

    error_id = "card_number_refused"
    status = 422

    def __init__(self, masked: Mapping[str, str]) -> None:
        super().__init__(
            "Un numéro de carte bancaire ou un cryptogramme ne se note jamais : passez par le lien de paiement sécurisé.",
            {"fields": dict(masked)},
        )


class BusinessRefusal(CrmError):
    """A rule of the company or of the law says no; `problems` are French sentences."""

    error_id = "business_refusal"
    status = 422

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(" ".join(problems), {"problems": list(problems)})
        self.problems = tuple(problems)


class BodyTooLarge(CrmError):
    error_id = "body_too_large"
    status = 413

    def __init__(self, limit: int) -> None:
        super().__init__("Cet envoi est trop volumineux : rien n'a été enregistré.", {"limit": limit})


class StorageFailed(CrmError):
    """Disk full, file locked by another program, write error."""

    error_id = "storage_failed"
    status = 503

    def __init__(self, reason: str) -> None:
        super().__init__("Le dossier de session n'a pas pu être écrit : rien n'a été enregistré.", {"reason": reason})


class CaseFileUnusable(CrmError):
    error_id = "case_file_unusable"


class CaseFileMissing(CaseFileUnusable):
    error_id = "case_file_missing"


class CaseFileExists(CaseFileUnusable):
    error_id = "case_file_exists"


class CaseFileClosed(CaseFileUnusable):
    error_id = "case_file_closed"


class SchemaMismatch(CaseFileUnusable):
    error_id = "schema_mismatch"


class JournalBroken(CaseFileUnusable):
    """`seq` is the first row that does not follow from the one before."""

    error_id = "journal_broken"

    def __init__(self, seq: int, reason: str) -> None:
        super().__init__(f"Le journal de la session est altéré à partir de la ligne {seq}.", {"seq": seq, "reason": reason})
        self.seq = seq
