"""The certificate people's browsers see: dates, names, chain, and whether the key is its own."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from itertools import pairwise
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization

from signaling.compose.doctor.report import Finding, advice, fine, mend

CHECK: Final = "certificate"
_SOON: Final = timedelta(days=21)


def judge(certificate: Path, key: Path, names: Sequence[str], now: datetime) -> Iterator[Finding]:
    """Judge a PEM chain with its key.

    Args:
        names: host names and IP addresses that people type.
    """
    chain = _chain(certificate)
    if not chain:
        yield mend(CHECK, "certificate_unreadable", file=certificate)
        return
    leaf = chain[0]
    faults = [
        *_dates(certificate, leaf, now),
        *_key(certificate, key, leaf),
        *(mend(CHECK, "certificate_names", file=certificate, name=one) for one in _uncovered(leaf, names)),
    ]
    if not _is_chained(chain):
        faults.append(advice(CHECK, "certificate_chain", file=certificate))
    yield from faults or [
        fine(CHECK, "certificate_fine", file=certificate, until=_day(leaf.not_valid_after_utc))
    ]


def _chain(file: Path) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(file.read_bytes())
    except (OSError, ValueError):
        return []


def _dates(file: Path, leaf: x509.Certificate, now: datetime) -> Iterator[Finding]:
    until = _day(leaf.not_valid_after_utc)
    if leaf.not_valid_after_utc <= now:
        yield mend(CHECK, "certificate_expired", file=file, until=until)
    elif leaf.not_valid_before_utc > now:
        yield mend(CHECK, "certificate_early", file=file, since=_day(leaf.not_valid_before_utc))
    elif leaf.not_valid_after_utc - now < _SOON:
        yield advice(CHECK, "certificate_soon", file=file, until=until)


def _key(file: Path, key: Path, leaf: x509.Certificate) -> Iterator[Finding]:
    try:
        loaded = serialization.load_pem_private_key(key.read_bytes(), password=None)
    except (OSError, ValueError, TypeError):
        yield mend(CHECK, "certificate_unreadable", file=key)
        return
    if loaded.public_key() != leaf.public_key():
        yield mend(CHECK, "certificate_key", file=file)


def _uncovered(leaf: x509.Certificate, names: Sequence[str]) -> list[str]:
    try:
        covered = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return list(names)
    addresses = {str(address) for address in covered.get_values_for_type(x509.IPAddress)}
    known = {name.lower() for name in covered.get_values_for_type(x509.DNSName)}
    return [name for name in names if not _covers(name.lower(), known, addresses)]


def _covers(name: str, known: set[str], addresses: set[str]) -> bool:
    """RFC 6125 §6.4.3: a wildcard stands for one whole label on the left."""
    try:
        return str(ip_address(name)) in addresses
    except ValueError:
        return name in known or f"*.{name.partition('.')[2]}" in known


def _is_chained(chain: Sequence[x509.Certificate]) -> bool:
    """True when each is signed by the next, and the last is a root or names one that a browser has."""
    try:
        for one, issuer in pairwise(chain):
            one.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return len(chain) > 1 or chain[0].issuer == chain[0].subject


def _day(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d")
