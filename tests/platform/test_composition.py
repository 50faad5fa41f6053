"""Settings into what the media process and coturn are told."""

import asyncio
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509

from recording.config import StorageSettings, TapSettings
from recording.storage import Storage, open_storage
from rtc_server.config import ControlTls
from signaling.compose.certificates import ensure_for_machine
from signaling.compose.media import configuration, tap_settings
from signaling.compose.stills import adopt_stills
from signaling.compose.turn_server import turn_command
from signaling.compose.welcome import addresses
from signaling.config import load


def test_each_media_process_has_its_port_and_socket(tmp_path: Path) -> None:
    settings = load(
        {
            "data_dir": tmp_path,
            "media_port": 41000,
            "media_processes": 2,
            "media_index": 1,
            "media_announced_addresses": "192.0.2.1, 198.51.100.7:41500, [2001:db8::1]:443",
            "media_announced_port": 51000,
            "media_include_loopback": False,
        }
    )
    told = configuration(settings)
    assert told.port == 41001
    assert told.control_path == str(tmp_path / "run" / "media-1.sock")
    assert (tmp_path / "run").stat().st_mode & 0o777 == 0o700
    assert told.announced == (("192.0.2.1", 51001), ("198.51.100.7", 41501), ("2001:db8::1", 444))
    assert not told.announce_local
    assert not told.include_loopback
    assert told.control_secret == ""
    assert f"unix:{told.control_path}" in settings.media_endpoints()


@pytest.mark.parametrize(("listen", "host"), [("10.0.0.5:7000", "10.0.0.5"), ("[fd00::5]:7000", "fd00::5")])
def test_remote_media_takes_commands_over_tcp_with_the_shared_secret(
    tmp_path: Path, listen: str, host: str
) -> None:
    files = {
        "media_control_ca": "ca.pem",
        "media_control_certificate": "own.pem",
        "media_control_key": "own.key",
    }
    given = {"data_dir": tmp_path, "media_control_listen": listen, "media_control_secret": "hush"}
    settings = load(given | files)
    told = configuration(settings)
    assert (told.control_path, told.control_host, told.control_port) == (None, host, 7000)
    assert told.control_secret == "hush"
    assert told.control_tls == ControlTls(Path("ca.pem"), Path("own.pem"), Path("own.key"))
    assert "hush" not in repr(told)


def test_coturn_gets_our_secret_and_the_announced_addresses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("turn.process.shutil.which", lambda *_, **__: "/usr/bin/turnserver")
    given = {"data_dir": tmp_path, "turn_secret": "hush", "media_announced_addresses": "192.0.2.1"}
    _, _, file, *_ = turn_command(load(given))
    lines = Path(file).read_text().splitlines()
    assert {"static-auth-secret=hush", "allowed-peer-ip=192.0.2.1"} <= set(lines)
    assert len([line for line in lines if line.startswith("allowed-peer-ip")]) == 1


def test_coturn_relays_to_both_sides_of_a_nat(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("turn.process.shutil.which", lambda *_, **__: "/usr/bin/turnserver")
    given = {
        "data_dir": tmp_path,
        "media_announced_addresses": "192.0.2.1:41500,local",
        "media_listen_addresses": "10.0.0.5",
    }
    _, _, file, *_ = turn_command(load(given))
    allowed = [line for line in Path(file).read_text().splitlines() if line.startswith("allowed-peer-ip")]
    assert allowed == ["allowed-peer-ip=192.0.2.1", "allowed-peer-ip=10.0.0.5"]
    assert configuration(load(given)).announce_local


def test_with_lan_turns_is_spoken_with_the_certificate_of_the_pages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("turn.process.shutil.which", lambda *_, **__: "/usr/bin/turnserver")
    urls = "turns:turn.county.example:3478?transport=tcp,turn:other.example,turns:198.51.100.7"
    settings = load({"data_dir": tmp_path, "lan": True, "turn_urls": urls})
    _, _, file, *_ = turn_command(settings)
    lines = Path(file).read_text().splitlines()
    files = ensure_for_machine(settings)
    assert {f"cert={files.certificate}", f"pkey={files.key}"} <= set(lines)
    [server, _] = x509.load_pem_x509_certificates(files.certificate.read_bytes())
    covered = server.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    names = set(covered.get_values_for_type(x509.DNSName))
    assert "turn.county.example" in names
    assert "other.example" not in names
    assert ip_address("198.51.100.7") in covered.get_values_for_type(x509.IPAddress)


def test_without_lan_or_a_certificate_coturn_speaks_no_tls(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("turn.process.shutil.which", lambda *_, **__: "/usr/bin/turnserver")
    _, _, file, *_ = turn_command(load({"data_dir": tmp_path}))
    assert "no-tls" in Path(file).read_text().splitlines()
    assert not (tmp_path / "tls").exists()


def test_coturn_may_relay_to_this_machine_when_media_is_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("turn.process.shutil.which", lambda *_, **__: "/usr/bin/turnserver")
    _, _, file, *_ = turn_command(load({"data_dir": tmp_path}))
    assert "allowed-peer-ip=127.0.0.1" in Path(file).read_text().splitlines()


def test_the_tap_leaves_the_room_it_is_told_to_leave(tmp_path: Path) -> None:
    assert tap_settings(load({"data_dir": tmp_path})) == TapSettings()
    told = load({"data_dir": tmp_path, "journal_reserve_mib": 1024})
    assert tap_settings(told).min_free_bytes == 1 << 30


async def test_stills_of_before_come_into_the_storage(tmp_path: Path) -> None:
    old = tmp_path / "stills"
    for key, data in {"c1/a.jpg": b"one", "c1/b.png": b"two", "c2/c.jpg": b"three"}.items():
        (old / key).parent.mkdir(parents=True, exist_ok=True)
        (old / key).write_bytes(data)
    async with open_storage(StorageSettings((tmp_path / "recordings").as_uri())) as storage:
        await asyncio.gather(adopt_stills(old, storage), adopt_stills(old, storage))
        assert [await _whole(storage, key) for key in ("c1/a.jpg", "c1/b.png", "c2/c.jpg")] == [
            b"one",
            b"two",
            b"three",
        ]
        assert not old.exists()
        await adopt_stills(old, storage)


async def _whole(storage: Storage, key: str) -> bytes:
    stored = await storage.stat(key)
    return b"".join([chunk async for chunk in storage.read(key, 0, stored.size)])


def test_people_are_told_where_to_go(tmp_path: Path) -> None:
    alone = addresses(load({"data_dir": tmp_path, "demo": True}))
    assert alone == ["体验 Bangban: http://127.0.0.1:8080/start"]
    shared = addresses(load({"data_dir": tmp_path, "demo": True, "lan": True}))
    assert any(str(tmp_path / "tls" / "authority.crt") in line for line in shared)
    assert any("演示账号的密码" in line for line in shared)
    service = addresses(load({"data_dir": tmp_path, "host": "0.0.0.0", "port": 80}))
    assert service == ["帮办 Bangban: http://127.0.0.1/"]
