"""The local authority and its server certificate, as TLS itself sees them."""

import asyncio
import ssl
import stat
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from signaling.compose.addresses import lan_addresses, url
from signaling.compose.certificates import CertificateFiles, ensure_certificate

NOW = datetime.now(UTC)


async def handshake(files: CertificateFiles, server_name: str) -> None:
    """Connect over TLS, trusting the authority alone; raises `ssl.SSLError` for a certificate that fails."""
    server_side = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server_side.load_cert_chain(files.certificate, files.key)
    server = await asyncio.start_server(
        lambda _, writer: writer.close(), "127.0.0.1", 0, ssl=server_side, ssl_handshake_timeout=10
    )
    client_side = ssl.create_default_context(cafile=str(files.authority))
    async with server:
        port = server.sockets[0].getsockname()[1]
        _, writer = await asyncio.open_connection(
            "127.0.0.1", port, ssl=client_side, server_hostname=server_name
        )
        writer.close()


@pytest.mark.parametrize("server_name", ["127.0.0.1", "localhost"])
async def test_who_trusts_the_authority_trusts_the_server(tmp_path: Path, server_name: str) -> None:
    await handshake(ensure_certificate(tmp_path, ["127.0.0.1"], ["localhost"]), server_name)


async def test_an_address_that_is_not_in_it_is_refused(tmp_path: Path) -> None:
    files = ensure_certificate(tmp_path, ["192.0.2.1"], ["localhost"])
    with pytest.raises(ssl.SSLCertVerificationError):
        await handshake(files, "127.0.0.1")


def test_nothing_is_made_anew_while_it_still_fits(tmp_path: Path) -> None:
    first = ensure_certificate(tmp_path, ["192.0.2.1", "192.0.2.2"], ["localhost"], now=NOW)
    before = first.certificate.read_bytes()
    ensure_certificate(tmp_path, ["192.0.2.2"], ["localhost"], now=NOW + timedelta(days=300))
    assert first.certificate.read_bytes() == before


def test_a_new_address_renews_the_server_but_not_the_authority(tmp_path: Path) -> None:
    first = ensure_certificate(tmp_path, ["192.0.2.1"], ["localhost"], now=NOW)
    server, authority = first.certificate.read_bytes(), first.authority.read_bytes()
    ensure_certificate(tmp_path, ["192.0.2.1", "2001:db8::1"], ["localhost"], now=NOW)
    assert first.certificate.read_bytes() != server
    assert first.authority.read_bytes() == authority


def test_a_certificate_near_its_end_is_renewed(tmp_path: Path) -> None:
    first = ensure_certificate(tmp_path, ["192.0.2.1"], [], now=NOW)
    before = first.certificate.read_bytes()
    ensure_certificate(tmp_path, ["192.0.2.1"], [], now=NOW + timedelta(days=380))
    assert first.certificate.read_bytes() != before


@pytest.mark.parametrize("damaged", ["authority.key", "authority.crt", "server.key", "server.crt"])
async def test_a_damaged_file_is_replaced(tmp_path: Path, damaged: str) -> None:
    ensure_certificate(tmp_path, ["127.0.0.1"], ["localhost"])
    (tmp_path / damaged).write_text("not PEM")
    await handshake(ensure_certificate(tmp_path, ["127.0.0.1"], ["localhost"]), "localhost")


def test_the_authority_signs_server_certificates_only_and_keys_stay_private(tmp_path: Path) -> None:
    files = ensure_certificate(tmp_path, ["192.0.2.1"], ["localhost"])
    authority = x509.load_pem_x509_certificate(files.authority.read_bytes())
    constraints = authority.extensions.get_extension_for_class(x509.BasicConstraints)
    assert constraints.critical
    assert (constraints.value.ca, constraints.value.path_length) == (True, 0)
    for key in tmp_path.glob("*.key"):
        assert stat.S_IMODE(key.stat().st_mode) == 0o600


def test_browsers_accept_its_life(tmp_path: Path) -> None:
    files = ensure_certificate(tmp_path, ["192.0.2.1"], ["localhost"])
    server = x509.load_pem_x509_certificates(files.certificate.read_bytes())[0]
    assert server.not_valid_after_utc - server.not_valid_before_utc <= timedelta(days=398)


def test_addresses_of_this_machine_are_addresses_others_can_reach() -> None:
    for address in lan_addresses():
        assert not ip_address(address).is_loopback
        assert not ip_address(address).is_link_local


def test_addresses_for_people() -> None:
    assert url("https", "192.0.2.1", 8443) == "https://192.0.2.1:8443"
    assert url("https", "2001:db8::1", 443) == "https://[2001:db8::1]"
    assert url("http", "localhost", 80) == "http://localhost"


def test_two_processes_that_begin_at_once_share_one_authority(tmp_path: Path) -> None:
    """`bangban serve --lan` and `bangban turn` are started together on a fresh machine."""
    program = f"""
from pathlib import Path
from signaling.compose.certificates import ensure_certificate
ensure_certificate(Path({str(tmp_path)!r}), ["127.0.0.1"], ["localhost"])
"""
    together = [subprocess.Popen([sys.executable, "-c", program]) for _ in range(3)]
    assert [one.wait(60) for one in together] == [0] * 3
    server, authority = x509.load_pem_x509_certificates((tmp_path / "server.crt").read_bytes())
    assert authority == x509.load_pem_x509_certificate((tmp_path / "authority.crt").read_bytes())
    server.verify_directly_issued_by(authority)
    key = serialization.load_pem_private_key((tmp_path / "server.key").read_bytes(), None)
    assert key.public_key() == server.public_key()
