"""coturn's configuration: closed by default, and no value can smuggle in a line."""

import stat
from dataclasses import replace
from pathlib import Path

import pytest

from turn.configuration import TurnConfiguration, render
from turn.process import TurnServerMissingError, command

PLAIN = TurnConfiguration(
    secret="north",
    realm="bangban",
    port=3478,
    media_addresses=("192.0.2.10", "2001:db8::10"),
    state_path="/x/db",
)


def test_only_media_addresses_may_be_relayed_to() -> None:
    lines = render(PLAIN).splitlines()
    assert [line for line in lines if "peer" in line] == [
        "denied-peer-ip=0.0.0.0-255.255.255.255",
        "denied-peer-ip=::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
        "allowed-peer-ip=192.0.2.10",
        "allowed-peer-ip=2001:db8::10",
        "no-multicast-peers",
    ]


def test_loopback_is_relayed_to_only_when_media_is_there() -> None:
    assert "allow-loopback-peers" not in render(PLAIN)
    assert "allow-loopback-peers" in render(replace(PLAIN, media_addresses=("127.0.0.1",)))


def test_quota_secret_and_no_command_line_are_set() -> None:
    lines = render(PLAIN).splitlines()
    assert {
        "no-cli",
        "use-auth-secret",
        "static-auth-secret=north",
        "user-quota=18",
        "max-allocate-lifetime=300",
        "no-tls",
    } <= set(lines)


def test_a_certificate_turns_tls_on() -> None:
    lines = render(replace(PLAIN, certificate="/c.pem", key="/k.pem")).splitlines()
    assert {"cert=/c.pem", "pkey=/k.pem"} <= set(lines)
    assert "no-tls" not in lines


@pytest.mark.parametrize(
    "broken",
    [
        replace(PLAIN, realm="a\nno-auth"),
        replace(PLAIN, secret="a\rb"),
        replace(PLAIN, media_addresses=("192.0.2.10-192.0.2.99",)),
        replace(PLAIN, listen_addresses=("example.org",)),
        replace(PLAIN, media_addresses=()),
    ],
)
def test_values_that_would_change_other_lines_are_refused(broken: TurnConfiguration) -> None:
    with pytest.raises(ValueError, match=r"TURN|address"):
        render(broken)


def test_without_coturn_a_sentence_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("turn.process.shutil.which", lambda *_, **__: None)
    with pytest.raises(TurnServerMissingError, match="apt install coturn"):
        command(PLAIN, tmp_path)


def test_the_file_with_the_secret_is_readable_by_its_owner_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("turn.process.shutil.which", lambda *_, **__: "/usr/bin/turnserver")
    words = command(PLAIN, tmp_path / "run")
    assert words[:3] == ["/usr/bin/turnserver", "-c", str(tmp_path / "run" / "turnserver.conf")]
    assert stat.S_IMODE((tmp_path / "run" / "turnserver.conf").stat().st_mode) == 0o600
