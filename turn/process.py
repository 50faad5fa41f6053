"""Find coturn on this machine and give it a configuration file to start with."""

import os
import shutil
from pathlib import Path

from turn.configuration import TurnConfiguration, render


class TurnServerMissingError(Exception):
    """coturn is not installed here; the message says how to install it."""

    def __init__(self) -> None:
        super().__init__("coturn is not installed: run `apt install coturn`, then start this again.")


def command(configuration: TurnConfiguration, folder: Path) -> list[str]:
    """Write `turnserver.conf` (mode 0600: it holds the secret) and return the command that serves it.

    Raises:
        TurnServerMissingError: there is no `turnserver` program.
        ValueError: the configuration is not usable (see `render`).
    """
    program = shutil.which(
        "turnserver", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/usr/local/sbin"
    )
    if program is None:
        raise TurnServerMissingError
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = folder / "turnserver.conf"
    file.touch(mode=0o600)
    file.chmod(0o600)
    file.write_text(render(configuration))
    return [program, "-c", str(file), "--pidfile", str(folder / "turnserver.pid")]
