"""The service's own secrets: taken from the settings, else from files made once and readable by us alone."""

import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from pydantic import SecretStr

from signaling.config.settings import Settings
from signaling.config.sources import SettingsError

_BYTES: Final = 32
"""256 bits: HMAC-SHA-256 gains nothing from more."""

DEMO_PASSWORD: Final = "bangban-demo"
"""Of demo accounts that only this machine reaches."""


@dataclass(frozen=True, slots=True)
class Secrets:
    """The keys that processes of one installation share; never logged."""

    token: bytes = field(repr=False)
    media_address: bytes = field(repr=False)
    media_control: str = field(repr=False)
    turn: str = field(repr=False)
    audit: bytes = field(repr=False)


def load_secrets(settings: Settings) -> Secrets:
    """Return the secrets, making missing files (mode 0600); raises OSError when the folder cannot be used."""
    folder = settings.secrets_dir or settings.data_dir / "secrets"
    return Secrets(
        token=_choose(settings.token_secret, folder / "token").encode(),
        media_address=_choose(settings.media_address_secret, folder / "media_address").encode(),
        media_control=_choose(settings.media_control_secret, folder / "media_control"),
        turn=_choose(settings.turn_secret, folder / "turn"),
        audit=_choose(settings.audit_secret, folder / "audit").encode(),
    )


def demo_password(settings: Settings) -> str:
    """Return the password of every demo account: a known one, or a random one where others can reach it."""
    if not settings.random_demo_passwords:
        return DEMO_PASSWORD
    folder = settings.secrets_dir or settings.data_dir / "secrets"
    return read_or_create(folder / "demo_password", length_bytes=5)


def _choose(given: SecretStr | None, path: Path) -> str:
    return given.get_secret_value() if given else read_or_create(path)


def read_or_create(path: Path, *, length_bytes: int = _BYTES) -> str:
    """Return the secret in a file; make one if there is none. Processes that start at once get the same."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        _create(path, secrets.token_hex(length_bytes))
    secret = path.read_text().strip()
    if not secret:
        raise SettingsError(
            [
                f"The secret in {path} is empty. Put back its backup, or delete the file: then a "
                "new one is made, and what the old one signed is good no more."
            ]
        )
    return secret


def _create(path: Path, secret: str) -> None:
    """Write a file completely, then give it its name unless another process was faster."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(secret + "\n")
        os.link(temporary, path)
    except FileExistsError:
        pass
    finally:
        temporary.unlink()
