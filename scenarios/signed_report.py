"""A report that whoever holds the public key beside it can verify, with standard tools:

openssl dgst -sha256 -verify signature.pem -signature REPORT.json.sig REPORT.json
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from crm_mock import durable
from scenarios.archive import public_pem


def write_signed(report: Path, body: Mapping[str, Any], key: ec.EllipticCurvePrivateKey) -> None:
    """The report as JSON, its signature, the public key. Raises OSError."""
    text = json.dumps(body, ensure_ascii=False, indent=1, sort_keys=True).encode()
    durable.write_file(report, text)
    durable.write_file(report.with_name(f"{report.name}.sig"), key.sign(text, ec.ECDSA(hashes.SHA256())))
    durable.write_file(report.with_name("signature.pem"), public_pem(key))
