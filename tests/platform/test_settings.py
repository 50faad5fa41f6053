"""Settings: one name everywhere, a precedence, and refusal by name."""

import argparse
import os
import stat
from pathlib import Path

import pytest
from pydantic import SecretStr

from signaling.config import Settings, SettingsError, demo_password, load, load_secrets
from signaling.config.options import add_options, load_given
from signaling.config.secrets import _create, read_or_create


@pytest.fixture(autouse=True)
def no_settings_around(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide the caller's own settings."""
    for name in [name for name in os.environ if name.startswith("BANGBAN_")]:
        monkeypatch.delenv(name)


def parse(*words: str) -> Settings:
    parser = argparse.ArgumentParser()
    add_options(parser)
    return load_given(parser.parse_args(list(words)))


def test_command_line_beats_environment_beats_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "bangban.toml"
    file.write_text('port = 1001\nlan_port = 1002\nmedia_port = 1003\nturn_urls = ["turn:a", "turn:b"]\n')
    monkeypatch.setenv("BANGBAN_LAN_PORT", "2002")
    monkeypatch.setenv("BANGBAN_MEDIA_PORT", "2003")
    settings = parse("--config", str(file), "--media-port", "3003")
    assert (settings.port, settings.lan_port, settings.media_port) == (1001, 2002, 3003)
    assert settings.turn_urls == ("turn:a", "turn:b")


def test_the_file_may_be_named_by_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "bangban.toml"
    file.write_text("port = 1001\n")
    monkeypatch.setenv("BANGBAN_CONFIG", str(file))
    assert parse().port == 1001


def test_every_setting_is_in_the_help_or_named_as_a_secret() -> None:
    parser = argparse.ArgumentParser()
    add_options(parser)
    text = parser.format_help()
    for name in Settings.model_fields:
        assert f"BANGBAN_{name.upper()}" in text


def test_a_secret_is_no_command_line_option() -> None:
    with pytest.raises(SystemExit):
        parse("--turn-secret", "x")


@pytest.mark.parametrize(
    ("name", "value", "hint"),
    [
        ("port", "0", "greater than or equal to 1"),
        ("port", "http", "valid integer"),
        ("lan", "perhaps", "valid boolean"),
        ("media_announced_addresses", "10.0.0.300", "does not appear to be an IPv4"),
        ("media_announced_addresses", "10.0.0.3:70000", "no port from 1 to 65535"),
        ("media_announced_addresses", "10.0.0.3:", "no port from 1 to 65535"),
        ("media_announced_addresses", "[2001:db8::1", "none of ADDRESS"),
        ("media_announced_addresses", "fe80::1", "nobody can send to"),
        ("media_announced_addresses", "0.0.0.0", "nobody can send to"),
        ("media_announced_addresses", ",".join(f"10.0.0.{n}" for n in range(17)), "at most 16"),
        ("ring_timeout_s", "-1", "greater than 0"),
        ("log_level", "loud", "'debug'"),
    ],
)
def test_a_wrong_setting_is_refused_by_name(name: str, value: str, hint: str) -> None:
    with pytest.raises(SettingsError) as refused:
        load({name: value})
    (sentence,) = refused.value.sentences
    assert sentence.startswith(f"The setting {name} (BANGBAN_{name.upper()}, --{name.replace('_', '-')})")
    assert hint in sentence


def test_a_wrong_secret_is_refused_without_being_printed() -> None:
    with pytest.raises(SettingsError) as refused:
        load({"turn_secret": ["hunter2"]})
    assert "turn_secret" in str(refused.value)
    assert "hunter2" not in str(refused.value)


def test_unknown_names_are_refused_with_the_nearest_known_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "bangban.toml"
    file.write_text("prot = 1\n")
    monkeypatch.setenv("BANGBAN_MEDIA_PROT", "1")
    with pytest.raises(SettingsError) as refused:
        load({}, config_file=file)
    assert [sentence.split(". See")[0] for sentence in refused.value.sentences] == [
        "BANGBAN_MEDIA_PROT is no setting; did you mean BANGBAN_MEDIA_PORT",
        f"prot in {file} is no setting; did you mean port",
    ]


@pytest.mark.parametrize("content", ["port = ", b"\xff\xfe"], ids=["not TOML", "not UTF-8"])
def test_a_file_that_is_not_toml_is_refused(tmp_path: Path, content: str | bytes) -> None:
    file = tmp_path / "bangban.toml"
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(SettingsError, match="is not TOML"):
        load({}, config_file=file)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        load({}, config_file=tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"tls_key": "key.pem"}, "tls_certificate and tls_key belong together"),
        ({"turn_relay_min_port": "5000", "turn_relay_max_port": "4000"}, "turn_relay_min_port"),
        ({"ice_transport_policy": "relay"}, "turn_urls"),
        ({"media_port": "65535", "media_processes": "2"}, "beyond port 65535"),
        ({"media_control": "media.example:7000"}, "media_control_secret"),
        ({"media_control": "10.0.0.5:7000", "media_control_secret": "s"}, "media_control_certificate"),
        ({"media_control_listen": "0.0.0.0:7000", "media_control_secret": "s"}, "media_control_ca"),
    ],
)
def test_settings_that_do_not_fit_together_are_refused(given: dict[str, object], sentence: str) -> None:
    with pytest.raises(SettingsError, match=sentence):
        load(given)


def test_another_process_loads_equal_settings_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = load(
        {
            "port": "9000",
            "lan": "true",
            "media_include_loopback": "false",
            "data_dir": str(tmp_path / "data with space"),
            "turn_urls": "turn:a, turn:b",
            "media_listen_addresses": "127.0.0.1,::1",
            "turn_secret": "hush",
            "ring_timeout_s": "7.5",
        }
    )
    for name, value in settings.to_environ().items():
        monkeypatch.setenv(name, value)
    assert load({}) == settings


def test_data_dir_does_not_move_with_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert load({}).data_dir == tmp_path / "var"


def test_a_deep_data_dir_still_gets_a_socket_the_kernel_takes(tmp_path: Path) -> None:
    deep = tmp_path.joinpath(*["a-rather-long-folder-name"] * 6)
    assert len(str(load({"data_dir": deep}).media_socket(0))) < 108
    assert load({"data_dir": tmp_path}).media_socket(1) == tmp_path / "run" / "media-1.sock"


def test_media_endpoints_are_local_sockets_or_remote_processes(tmp_path: Path) -> None:
    assert load({"data_dir": tmp_path, "media_processes": 2}).media_endpoints() == (
        f"unix:{tmp_path}/run/media-0.sock",
        f"unix:{tmp_path}/run/media-1.sock",
    )
    files = {
        "media_control_ca": "ca.pem",
        "media_control_certificate": "own.pem",
        "media_control_key": "own.key",
    }
    remote = load({"media_control": "10.0.0.5:7000", "media_control_secret": "s", **files})
    assert remote.media_endpoints() == ("tcp:10.0.0.5:7000",)


def test_the_demo_password_is_random_when_others_can_reach_it(tmp_path: Path) -> None:
    assert demo_password(load({"data_dir": tmp_path})) == "bangban-demo"
    lan = demo_password(load({"data_dir": tmp_path / "lan", "lan": True}))
    wide = demo_password(load({"data_dir": tmp_path / "wide", "host": "0.0.0.0"}))
    assert len({"bangban-demo", lan, wide}) == 3
    assert demo_password(load({"data_dir": tmp_path / "lan", "lan": True})) == lan


def test_secrets_are_made_once_and_readable_by_their_owner_only(tmp_path: Path) -> None:
    settings = load({"data_dir": tmp_path})
    first = load_secrets(settings)
    assert load_secrets(settings) == first
    assert len({first.token, first.media_address, first.media_control, first.turn}) == 4
    assert "token" not in repr(first)
    for file in (tmp_path / "secrets").iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert len(file.read_text().strip()) == 64


def test_a_given_secret_beats_the_file(tmp_path: Path) -> None:
    settings = load({"data_dir": tmp_path, "turn_secret": SecretStr("hush")})
    assert load_secrets(settings).turn == "hush"
    assert not (tmp_path / "secrets" / "turn").exists()


def test_a_secret_written_by_another_process_meanwhile_wins(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text("theirs\n")

    _create(path, "ours")
    assert read_or_create(path) == "theirs"
    assert [file.name for file in tmp_path.iterdir()] == ["token"]
