"""A report that whoever holds the public key beside it can verify, with standard tools:

openssl dgst -sha256 -verify signature.pem -signature REPORT.json.sig REPORT.json
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from scenarios.archive import public_pem


def write_whole(path: Path, body: bytes) -> None:
    """Whole or not at all, and on the disk when it returns. Raises OSError."""
    draft = path.with_name(f"{path.name}.new")
    with draft.open("wb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
    os.replace(draft, path)


def write_signed(report: Path, body: Mapping[str, Any], key: ec.EllipticCurvePrivateKey) -> None:
    """The report as JSON, its signature, the public key. Raises OSError."""
    text = json.dumps(body, ensure_ascii=False, indent=1, sort_keys=True).encode()
    write_whole(report, text)
    write_whole(report.with_name(f"{report.name}.sig"), key.sign(text, ec.ECDSA(hashes.SHA256())))
    write_whole(report.with_name("signature.pem"), public_pem(key))
