"""The log: what happened, never what was typed, said or shown; two files of at most 1 MiB."""

from __future__ import annotations

import logging
import logging.handlers
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

NAME = "helper.log"
MAX_BYTES = 1_048_576
logger = logging.getLogger("bangban.helper")
logger.addHandler(logging.NullHandler())


def configure(folder: Path, *, to_terminal: bool) -> None:
    """Write to `NAME` in the folder, readable by its owner alone, and to the terminal if told."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / NAME
    os.close(os.open(str(path), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600))
    handlers: list[logging.Handler] = [
        logging.handlers.RotatingFileHandler(str(path), maxBytes=MAX_BYTES, backupCount=1, encoding="utf-8")
    ]
    if to_terminal:
        handlers.append(logging.StreamHandler())
    form = logging.Formatter("%(asctime)s %(levelname)s %(message)s")
    for handler in handlers:
        handler.setFormatter(form)
        logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False


def unconfigure() -> None:
    """Close the files."""
    for handler in [one for one in logger.handlers if not isinstance(one, logging.NullHandler)]:
        logger.removeHandler(handler)
        handler.close()
