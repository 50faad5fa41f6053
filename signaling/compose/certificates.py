"""A local certificate authority and the server certificate that HTTPS in a local network needs.

Browsers give camera and microphone to HTTPS pages only. Where no public certificate can be had, this machine
signs its own and people install the authority once on each computer. The authority may sign server
certificates only (path length 0), and its key stays on this machine with mode 0600.
"""

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from signaling.compose.addresses import lan_addresses, lan_names
from signaling.config import Settings
from turn.probe import TurnProbeError, TurnUrl

_AUTHORITY_LIFE: Final = timedelta(days=3650)
_SERVER_LIFE: Final = timedelta(days=397)
"""Browsers refuse server certificates of more than 398 days."""

_RENEW_BEFORE: Final = timedelta(days=30)
_BACKDATED: Final = timedelta(days=1)
"""Clocks of office computers are off by hours."""


@dataclass(frozen=True, slots=True)
class CertificateFiles:
    """Paths of PEM files; `authority` is the one that people install."""

    certificate: Path
    key: Path
    authority: Path


def ensure_certificate(
    folder: Path, addresses: Sequence[str], names: Sequence[str], *, now: datetime | None = None
) -> CertificateFiles:
    """Return a certificate for these addresses and names, making or renewing what is missing.

    Args:
        folder: holds `authority.{crt,key}` and `server.{crt,key}`.
        addresses: IP addresses the certificate is for; more in an existing one do no harm.
        names: DNS names it is for.

    Raises:
        OSError: the folder cannot be written.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _alone(folder):
        return _ensure(folder, addresses, names, now or datetime.now(UTC))


def _ensure(folder: Path, addresses: Sequence[str], names: Sequence[str], at: datetime) -> CertificateFiles:
    authority = CertificateFiles(
        folder / "authority.crt", folder / "authority.key", authority=folder / "authority.crt"
    )
    server = CertificateFiles(folder / "server.crt", folder / "server.key", authority=authority.certificate)
    if not _is_usable(authority, (), (), at):
        _make_authority(authority, at)
        server.certificate.unlink(missing_ok=True)
    if not _is_usable(server, addresses, names, at):
        _make_server(server, authority, addresses, names, at)
    return server


def ensure_for_machine(settings: Settings, more: Sequence[str] = ()) -> CertificateFiles:
    """Return the certificate for every address and name of this machine, and for `more` of both.

    It is good for every `turns:` server of the settings too: web server and TURN server share the files, and
    neither may make them anew without the other's names.
    """
    asked = [*more, *turns_hosts(settings.turn_urls)]
    addresses = [*lan_addresses(), "127.0.0.1", "::1", *filter(_is_address, asked)]
    names = [*lan_names(), *(name.lower() for name in asked if not _is_address(name))]
    return ensure_certificate(settings.data_dir / "tls", addresses, names)


def turns_hosts(urls: Sequence[str]) -> list[str]:
    """Return the hosts that browsers speak TLS to for TURN."""
    hosts = []
    for url in urls:
        with suppress(TurnProbeError):  # `bangban doctor` tells of it
            server = TurnUrl.parse(url)
            hosts += [server.host] if server.way == "tls" else []
    return hosts


def describe(files: CertificateFiles) -> str:
    """Return what a person needs to know to use the certificate."""
    return (
        f"根证书 (authority, install it once on every computer): {files.authority}\n"
        f"服务器证书 (certificate): {files.certificate}\n"
        f"私钥 (key, stays here): {files.key}\n\n"
        "Windows: 双击 authority.crt → 安装证书 → 本地计算机 → 受信任的根证书颁发机构\n"
        "Firefox: 设置 → 隐私与安全 → 查看证书 → 证书颁发机构 → 导入\n"
        "Linux:   cp authority.crt /usr/local/share/ca-certificates/bangban.crt && update-ca-certificates"
    )


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Let no other process make the files meanwhile: web server and TURN server are started together."""
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _is_usable(files: CertificateFiles, addresses: Sequence[str], names: Sequence[str], at: datetime) -> bool:
    """Return whether a certificate with its key exists, lives on for a while and covers what is asked."""
    try:
        certificate = x509.load_pem_x509_certificates(files.certificate.read_bytes())[0]
        key = _load_key(files.key)
    except (OSError, ValueError):
        return False
    if certificate.public_key() != key.public_key() or certificate.not_valid_after_utc - at < _RENEW_BEFORE:
        return False
    if not addresses and not names:
        return True
    covered = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    known = {str(address) for address in covered.get_values_for_type(x509.IPAddress)}
    return known >= set(addresses) and set(covered.get_values_for_type(x509.DNSName)) >= set(names)


def _make_authority(files: CertificateFiles, at: datetime) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Bangban"),
            x509.NameAttribute(NameOID.COMMON_NAME, f"Bangban local authority {at:%Y-%m-%d %H:%M}"),
        ]
    )
    certificate = (
        _builder(name, name, key, at, _AUTHORITY_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(signs_certificates=True), critical=True)
        .sign(key, hashes.SHA256())
    )
    _write_key(files.key, key)
    _write(files.certificate, certificate.public_bytes(serialization.Encoding.PEM), 0o644)


def _make_server(
    files: CertificateFiles,
    authority: CertificateFiles,
    addresses: Sequence[str],
    names: Sequence[str],
    at: datetime,
) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    issuer = x509.load_pem_x509_certificate(authority.certificate.read_bytes())
    covered = [
        *(x509.DNSName(name) for name in names),
        *(x509.IPAddress(ip_address(address)) for address in addresses),
    ]
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Bangban")])
    certificate = (
        _builder(subject, issuer.subject, key, at, _SERVER_LIFE)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(covered), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(
                issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
            ),
            critical=False,
        )
        .sign(_load_key(authority.key), hashes.SHA256())
    )
    _write_key(files.key, key)
    chain = certificate.public_bytes(serialization.Encoding.PEM) + authority.certificate.read_bytes()
    _write(files.certificate, chain, 0o644)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, at: datetime, life: timedelta
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - _BACKDATED)
        .not_valid_after(at + life)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _load_key(path: Path) -> ec.EllipticCurvePrivateKey:
    key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise ValueError("not a key of ours")
    return key


def _write_key(path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    _write(path, pem, 0o600)


def _write(path: Path, content: bytes, mode: int) -> None:
    """Write a file that never exists half-written or readable by more people than it should be."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    temporary.replace(path)
