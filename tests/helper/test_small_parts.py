"""Settings, versions, single instance, autostart, counts and the kind of session."""

import stat
from pathlib import Path

import pytest

from web_client.helper import settings, wire
from web_client.helper.effects import Send
from web_client.helper.instance import AlreadyRunningError, Instance, autostart_entry, write_autostart
from web_client.helper.outgoing import Outgoing
from web_client.helper.session_type import NoDesktopError, display_of
from web_client.helper.settings import Settings, SettingsError
from web_client.helper.versions import is_at_least


def test_settings_are_kept_for_their_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    kept = Settings(server="https://help.example", key="k" * 32, proxy="")
    settings.save(folder, kept)
    assert settings.load(folder) == kept
    assert stat.S_IMODE((folder / "settings.json").stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert "kkk" not in repr(kept)


def test_without_a_file_there_are_none(tmp_path: Path) -> None:
    assert settings.load(tmp_path) == Settings()


@pytest.mark.parametrize("text", ["", "[]", "{", '{"server": 7}', '{"server": null}'])
def test_a_damaged_file_says_what_to_do(tmp_path: Path, text: str) -> None:
    (tmp_path / "settings.json").write_text(text)
    with pytest.raises(SettingsError, match="pair again"):
        settings.load(tmp_path)


def test_a_setting_of_a_later_version_is_left_aside(tmp_path: Path) -> None:
    (tmp_path / "settings.json").write_text('{"server": "https://a.example", "later": "x"}')
    assert settings.load(tmp_path) == Settings(server="https://a.example")


@pytest.mark.parametrize(
    "server", ["http://a.example", "ws://a", "a.example", "https://", "https://a:99999", "https://[x"]
)
def test_only_https_is_a_server(server: str) -> None:
    with pytest.raises(SettingsError, match="looks like"):
        settings.checked_server(server)


def test_what_the_command_line_says_goes_first() -> None:
    told = settings.with_options(
        Settings(server="https://a", proxy="http://p:1"),
        server="https://b/",
        authority=None,
        proxy="",
        language="en",
    )
    assert told == Settings(server="https://b", proxy="", language="en")


@pytest.mark.parametrize(
    ("version", "minimum", "enough"),
    [("1.0.0", "1", True), ("1.0", "1.0.1", False), ("1.10", "1.9", True), ("2", "1.99.99", True)],
)
def test_versions_are_numbers(version: str, minimum: str, enough: bool) -> None:
    assert is_at_least(version, minimum) is enough


def test_there_is_one_at_a_time(tmp_path: Path) -> None:
    first = Instance(tmp_path)
    with pytest.raises(AlreadyRunningError):
        Instance(tmp_path)
    first.close()
    Instance(tmp_path).close()


def test_autostart_is_a_desktop_entry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    path = write_autostart(["/opt/python/bin/python3", "/home/clerk/my files/bangban-helper.pyz", "run"])
    assert path == tmp_path / "autostart" / "bangban-helper.desktop"
    lines = path.read_text().splitlines()
    assert lines[0] == "[Desktop Entry]"
    assert 'Exec=/opt/python/bin/python3 "/home/clerk/my files/bangban-helper.pyz" run' in lines


def test_words_of_autostart_are_quoted_as_its_standard_asks() -> None:
    assert r'Exec="/a\\$b" 100%% "x\\"y"' in autostart_entry(["/a$b", "100%", 'x"y']).replace(
        '"100%%"', "100%%"
    )


def test_each_grant_is_counted_by_itself() -> None:
    outgoing = Outgoing()
    beat = wire.Acknowledge(1, 0, wire.State.GRANTED)
    sent = [
        Send(wire.MarkMonitors(True)),
        Send(beat, "g1"),
        Send(beat, "g1"),
        Send(wire.MarkMonitors(True)),
        Send(beat, "g2"),
    ]
    assert [outgoing.text(one).split(",")[1:3] for one in sent] == [
        *(
            ['"g":""', '"s":1'],
            ['"g":"g1"', '"s":1'],
            ['"g":"g1"', '"s":2'],
            ['"g":""', '"s":2'],
            ['"g":"g2"', '"s":1'],
        ),
    ]


@pytest.mark.parametrize(
    ("environ", "system", "word"),
    [
        ({"DISPLAY": ":0", "XDG_SESSION_TYPE": "wayland"}, "linux", "fault.wayland"),
        ({"DISPLAY": ":0", "WAYLAND_DISPLAY": "wayland-0"}, "linux", "fault.wayland"),
        ({"XDG_SESSION_TYPE": "tty"}, "linux", "fault.no_display"),
        ({}, "win32", "fault.windows"),
        ({"DISPLAY": ":0"}, "darwin", "fault.other_system"),
    ],
)
def test_what_cannot_be_controlled_is_said_plainly(environ: dict[str, str], system: str, word: str) -> None:
    with pytest.raises(NoDesktopError) as refused:
        display_of(environ, system)
    assert refused.value.word == word


def test_an_x11_session_is_one() -> None:
    assert display_of({"DISPLAY": ":3", "XDG_SESSION_TYPE": "x11"}, "linux") == ":3"
