"""What this counter PC remembers, in a file of mode 0600: server, authority, proxy, the pairing's key."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit


class SettingsError(Exception):
    """A setting cannot be used; the message is a sentence."""


@dataclass(frozen=True)
class Settings:
    """Where the server is and how it is reached; all empty before pairing.

    Attributes:
        server: `https://HOST[:PORT]`.
        authority: file of an own certificate authority, empty for the system's alone.
        proxy: `http://…`; None asks the environment, empty uses none.
        key: what the server knows this PC by; secret.
        language: `zh-CN`, `en`, or empty for the session's.
    """

    server: str = ""
    authority: str = ""
    proxy: str | None = None
    key: str = ""
    language: str = ""

    def __repr__(self) -> str:
        return f"Settings(server={self.server!r})"


def folder() -> Path:
    """Return where the helper keeps its files."""
    if os.name == "nt":
        return Path(os.environ.get("APPDATA", str(Path.home()))) / "Bangban" / "helper"
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "bangban-helper"


def load(where: Path) -> Settings:
    """Return what the file in this folder says; raise `SettingsError` where it says nothing usable."""
    path = where / "settings.json"
    try:
        values = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return Settings()
    except (OSError, ValueError):
        values = None
    known = {one.name for one in fields(Settings)}
    if not isinstance(values, dict) or not all(_fits(name, value) for name, value in values.items()):
        raise SettingsError(f"{path} is not readable as settings; remove it and pair again.")
    return Settings(**{name: value for name, value in values.items() if name in known})


def _fits(name: str, value: Any) -> bool:
    return isinstance(value, str) or (name == "proxy" and value is None)


def save(where: Path, settings: Settings) -> None:
    """Replace the file, readable by its owner alone from its first byte on."""
    where.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary = where / f".settings.{os.getpid()}"
    descriptor = os.open(str(temporary), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(asdict(settings), file, ensure_ascii=False, indent=2)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(where / "settings.json")


def with_options(
    settings: Settings, *, server: str | None, authority: str | None, proxy: str | None, language: str | None
) -> Settings:
    """Return the settings with what the command line says; raise `SettingsError` for an unusable server."""
    changes: dict[str, Any] = {
        "server": server and checked_server(server),
        "authority": authority and str(Path(authority).absolute()),
        "proxy": proxy,
        "language": language,
    }
    return replace(settings, **{name: value for name, value in changes.items() if value is not None})


def checked_server(server: str) -> str:
    """Return the server's address; https alone is taken, for who hears the channel could control the PC."""
    try:
        parts = urlsplit(server)
        usable = parts.scheme == "https" and parts.hostname and (parts.port is None or parts.port > 0)
    except ValueError:
        usable = False
    if not usable:
        raise SettingsError(f"{server} is no address of the server; it looks like https://help.example.")
    return server.rstrip("/")
