"""The room's own certification authority and what it signs: the server's certificate, and one for each desk that takes TLS calls.

RSA 2048 and SHA-256, validity from the day before (clocks of a room differ): read by OpenSSL 1.0.2 and TLS 1.2 as by today's. The
keys are files of mode 0600, in a folder of mode 0700.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import ipaddress
import os
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

CA_YEARS = 10
LEAF_DAYS = 820  # what today's TLS clients accept of a leaf
RENEW_DAYS = 60  # a certificate with less left is made anew
SERVER = "serveur"
LOOPBACK = ("localhost", "127.0.0.1")


class CertificatesUnusable(Exception):
    """A certificate or key cannot be read or written; the message, in French, names the file and says what to do."""


@dataclass(frozen=True)
class Certificate:
    """PEM files: `chain` the certificate, `key` its private key."""

    chain: Path
    key: Path


class RoomAuthority:
    """The authority kept in `folder`, made at first use. Every method raises CertificatesUnusable."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ca = Certificate(folder / "ca.pem", folder / "ca.key")
        if not (self._ca.chain.is_file() and self._ca.key.is_file()) or _days_left(self._read(self._ca.chain)) < LEAF_DAYS:
            self._make_authority()

    @property
    def ca(self) -> Path:
        """What every phone and desk of the room must know to trust the server."""
        return self._ca.chain

    def ca_text(self) -> str:
        """PEM."""
        return self._text(self._ca.chain)

    def server(self, host: str) -> Certificate:
        """The server's certificate for `host` (an address or a name), localhost and 127.0.0.1: the one there is while it fits."""
        return self.issue(SERVER, (host, *LOOPBACK))

    def issue(self, name: str, addresses: tuple[str, ...]) -> Certificate:
        """A certificate for these addresses (IP or DNS), in `<name>.pem` and `<name>.key`; kept while it fits and is not near its end."""
        kept = Certificate(self._folder / f"{name}.pem", self._folder / f"{name}.key")
        wanted = _alternative_names(addresses)
        authority = self._read(self._ca.chain)
        if kept.chain.is_file() and kept.key.is_file():
            with contextlib.suppress(CertificatesUnusable):  # a damaged one is made anew
                old = self._read(kept.chain)
                if _days_left(old) > RENEW_DAYS and _names_of(old) == wanted and _signed_by(old, authority) and self._fits(old, kept.key):
                    return kept
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        certificate = (
            _draft(addresses[0][:64], authority.subject, key, LEAF_DAYS)
            .add_extension(wanted, critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(digital_signature=True, key_encipherment=True), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.public_key()), critical=False)  # type: ignore[arg-type]
            .sign(self._key(self._ca.key), hashes.SHA256())
        )
        self._write(kept, key, certificate)
        return kept

    def _make_authority(self) -> None:
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Plateau, salle {os.urandom(4).hex()}")])
        certificate = (
            _draft(name, name, key, CA_YEARS * 365)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(key_cert_sign=True, crl_sign=True), critical=True)
            .sign(key, hashes.SHA256())
        )
        self._write(self._ca, key, certificate)

    def _fits(self, certificate: x509.Certificate, key: Path) -> bool:
        return certificate.public_key() == self._key(key).public_key()

    def _read(self, path: Path) -> x509.Certificate:
        try:
            return x509.load_pem_x509_certificate(path.read_bytes())
        except (OSError, ValueError) as error:
            raise _unusable(path, error) from None

    def _key(self, path: Path) -> rsa.RSAPrivateKey:
        try:
            key = serialization.load_pem_private_key(path.read_bytes(), None)
        except (OSError, ValueError, TypeError) as error:
            raise _unusable(path, error) from None
        if not isinstance(key, rsa.RSAPrivateKey):
            raise _unusable(path, ValueError("ce n'est pas une clé RSA"))
        return key

    def _text(self, path: Path) -> str:
        try:
            return path.read_text(encoding="ascii")
        except (OSError, ValueError) as error:
            raise _unusable(path, error) from None

    def _write(self, where: Certificate, key: rsa.RSAPrivateKey, certificate: x509.Certificate) -> None:
        secret = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption())
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            for path, body, mode in (
                (where.key, secret, 0o600),
                (where.chain, certificate.public_bytes(serialization.Encoding.PEM), 0o644),
            ):
                draft = path.with_name(f"{path.name}.new")
                with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as file:
                    file.write(body)
                os.replace(draft, path)
        except OSError as error:
            raise _unusable(where.key, error) from None


def _draft(subject: x509.Name | str, issuer: x509.Name, key: rsa.RSAPrivateKey, days: int) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC)
    if isinstance(subject, str):
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)])
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _usage(**granted: bool) -> x509.KeyUsage:
    names = (
        "digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
        "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
    )  # fmt: skip
    return x509.KeyUsage(**{name: granted.get(name, False) for name in names})


def _alternative_names(addresses: tuple[str, ...]) -> x509.SubjectAlternativeName:
    names: list[x509.GeneralName] = []
    for address in dict.fromkeys(addresses):
        try:
            names.append(x509.IPAddress(ipaddress.ip_address(address)))
        except ValueError:
            names.append(x509.DNSName(address))
    return x509.SubjectAlternativeName(names)


def _names_of(certificate: x509.Certificate) -> x509.SubjectAlternativeName | None:
    with contextlib.suppress(x509.ExtensionNotFound):
        return certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return None


def _days_left(certificate: x509.Certificate) -> int:
    return (certificate.not_valid_after_utc - dt.datetime.now(dt.UTC)).days


def _signed_by(certificate: x509.Certificate, authority: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(authority)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _unusable(path: Path, error: Exception) -> CertificatesUnusable:
    why = getattr(error, "strerror", None) or error
    return CertificatesUnusable(
        f"{path} ne peut pas servir ({why}) : supprimez le dossier {path.parent}, puis refaites plateau asterisk configure."
    )
