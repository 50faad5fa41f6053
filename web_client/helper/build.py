"""Pack the helper into one `.pyz`: the same bytes from the same sources, wherever it is made.

Nothing is compressed, for two versions of zlib give different bytes; times and modes are fixed, names sorted.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from pathlib import Path

NAME = "bangban-helper.pyz"
_START = b"#!/usr/bin/env python3\n"
_EPOCH = (1980, 1, 1, 0, 0, 0)
_MAIN = b"""\
import sys

if sys.version_info < (3, 7):
    sys.exit("bangban-helper needs Python 3.7 or newer; start it with a newer python3.")

from web_client.helper.command import main

sys.exit(main())
"""
"""Also for Python 2: what is too old says so, in place of a syntax error."""
_LEFT_OUT = {"build.py"}


def packed() -> bytes:
    """Return the program."""
    here = Path(__file__).parent
    files = {"__main__.py": _MAIN, "web_client/__init__.py": b""}
    for path in here.rglob("*.py"):
        if path.name not in _LEFT_OUT:
            files[f"web_client/helper/{path.relative_to(here).as_posix()}"] = path.read_bytes()
    buffer = io.BytesIO(_START)
    with zipfile.ZipFile(buffer, "a", zipfile.ZIP_STORED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.create_system, entry.external_attr = 3, 0o644 << 16  # as on Unix, wherever it is made
            archive.writestr(entry, files[name])
    return buffer.getvalue()


def digest(program: bytes) -> str:
    """Return its SHA-256, as people compare it."""
    return hashlib.sha256(program).hexdigest()


def write(folder: Path) -> tuple[Path, str]:
    """Write the program into a folder; return its path and its SHA-256."""
    program = packed()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / NAME
    path.write_bytes(program)
    path.chmod(0o755)
    return path, digest(program)
