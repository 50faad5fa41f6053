"""The `bangban` command line: help, refusals, and the commands that need no other process."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography import x509

from signaling.__main__ import main
from signaling.config import Settings
from signaling.config.sources import is_secret

ROOT = Path(__file__).parents[2]
COMMANDS = ("run", "serve", "signaling", "media", "worker", "turn", "cert", "admin create")


@pytest.fixture(autouse=True)
def no_settings_around(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide the caller's own settings."""
    for name in [name for name in os.environ if name.startswith("BANGBAN_")]:
        monkeypatch.delenv(name)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_each_command_lists_every_setting(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*command.split(), "--help"])
    assert ended.value.code == 0
    text = capsys.readouterr().out
    for name in Settings.model_fields:
        assert is_secret(name) or f"--{name.replace('_', '-')}" in text


def test_a_wrong_setting_ends_with_status_2_and_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "--port", "http"]) == 2
    assert "The setting port (BANGBAN_PORT, --port) is wrong" in capsys.readouterr().err


def test_serve_refuses_the_demo(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "--demo"]) == 2
    assert "The setting demo is refused" in capsys.readouterr().err


def test_turn_without_coturn_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("turn.process.shutil.which", lambda *_, **__: None)
    assert main(["turn", "--data-dir", str(tmp_path)]) == 2
    assert "apt install coturn" in capsys.readouterr().err


def test_cert_covers_this_machine_and_what_is_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["cert", "help.example", "192.0.2.7", "--data-dir", str(tmp_path)]) == 0
    assert str(tmp_path / "tls" / "authority.crt") in capsys.readouterr().out
    server = x509.load_pem_x509_certificates((tmp_path / "tls" / "server.crt").read_bytes())[0]
    covered = server.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert {"help.example", "localhost"} <= set(covered.get_values_for_type(x509.DNSName))
    addresses = {str(address) for address in covered.get_values_for_type(x509.IPAddress)}
    assert {"192.0.2.7", "127.0.0.1"} <= addresses


def test_types_prints_typescript(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["types"]) == 0
    assert "export interface" in capsys.readouterr().out


def test_openapi_prints_the_login(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["openapi"]) == 0
    assert "/api/auth/login" in json.loads(capsys.readouterr().out)["paths"]


@pytest.mark.parametrize(
    ("words", "folder"), [([], "var/demo"), (["--data-dir", "here"], "here")], ids=["default", "told"]
)
def test_the_demo_keeps_its_data_apart(
    words: list[str], folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[Settings] = []

    async def supervise(settings: Settings, **_: object) -> int:
        started.append(settings)
        return 0

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("signaling.compose.supervisor.supervise", supervise)
    assert main(["run", *words]) == 0
    assert started[0].demo
    assert started[0].data_dir == tmp_path / folder


def test_help_loads_neither_sql_nor_http() -> None:
    script = (
        "import sys\n"
        "from signaling.__main__ import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        "print(sorted({'sqlalchemy', 'aiohttp', 'aiortc', 'av'} & set(sys.modules)), file=sys.stderr)\n"
    )
    answer = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert answer.stderr.strip() == "[]"
