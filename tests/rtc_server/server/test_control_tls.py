"""The control channel over a network: encrypted, and between machines that hold a certificate only."""

import asyncio
import ipaddress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from rtc_server.config import ControlTls, MediaConfig
from rtc_server.errors import MalformedError, MediaError
from rtc_server.server.client import MediaClient
from rtc_server.server.control import ControlServer


class Authority:
    """A private authority that makes certificates for machines."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "control")])
        own = self._builder(self._name, self._key).add_extension(
            x509.BasicConstraints(True, 0), critical=True
        )
        self._path = self._write("ca.pem", own.sign(self._key, hashes.SHA256()))

    def machine(self, name: str, address: str = "127.0.0.1") -> ControlTls:
        """Return the files of one machine."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))])
        made = self._builder(subject, key).add_extension(names, critical=False)
        key_file = self._folder / f"{name}.key"
        form = serialization.PrivateFormat.PKCS8
        key_file.write_bytes(
            key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
        )
        certificate = self._write(f"{name}.pem", made.sign(self._key, hashes.SHA256()))
        return ControlTls(self._path, certificate, key_file)

    def _builder(self, subject: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(hours=1))
            .not_valid_after(now + timedelta(hours=1))
        )

    def _write(self, name: str, certificate: x509.Certificate) -> Path:
        path = self._folder / name
        path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        return path


@pytest.fixture
def ours(tmp_path: Path) -> Authority:
    """The authority of this installation."""
    return Authority(tmp_path / "ours")


def listening(tls: ControlTls | None, host: str = "127.0.0.1") -> MediaConfig:
    return MediaConfig(
        listen_addresses=("127.0.0.1",), port=0, control_host=host, control_secret="hush", control_tls=tls
    )


async def test_two_machines_of_one_authority_understand_each_other(ours: Authority) -> None:
    async with (
        ControlServer(listening(ours.machine("media")), None) as server,
        MediaClient.connect(
            host="127.0.0.1", port=server.port, secret="hush", tls=ours.machine("signaling")
        ) as client,
    ):
        assert (await client.request("stats"))["routers"] == 0


async def test_nobody_without_a_certificate_of_ours_gets_as_far_as_the_secret(
    ours: Authority, tmp_path: Path
) -> None:
    mine = ours.machine("signaling")
    stranger = replace(Authority(tmp_path / "theirs").machine("stranger"), authority=mine.authority)
    async with ControlServer(listening(ours.machine("media")), None) as server:
        for tls in (None, stranger):
            meeting = MediaClient.connect(host="127.0.0.1", port=server.port, secret="hush", tls=tls)
            with pytest.raises(MediaError):
                await asyncio.wait_for(meeting.__aenter__(), 10)


async def test_signalling_speaks_to_no_media_process_but_the_one_it_means(
    ours: Authority, tmp_path: Path
) -> None:
    elsewhere = ours.machine("elsewhere", "10.0.0.9")
    theirs = Authority(tmp_path / "theirs").machine("media")
    for tls in (elsewhere, theirs):
        async with ControlServer(listening(tls), None) as server:
            with pytest.raises(MediaError):
                async with MediaClient.connect(
                    host="127.0.0.1", port=server.port, secret="hush", tls=ours.machine("signaling")
                ):
                    pytest.fail("the secret was told to a stranger")


async def test_beyond_this_machine_nothing_goes_in_clear() -> None:
    with pytest.raises(MalformedError, match="TLS"):
        async with ControlServer(listening(None, "0.0.0.0"), None):
            pytest.fail("it listens in clear")
    with pytest.raises(MalformedError, match="TLS"):
        async with MediaClient.connect(host="192.0.2.1", port=7000, secret="hush"):
            pytest.fail("it connects in clear")
