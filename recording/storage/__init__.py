"""Where finished recordings live. A new backend: one file, a line in `BACKENDS`, a contract-suite case."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final
from urllib.parse import urlsplit

from recording.errors import InvalidNameError
from recording.storage.local import LocalStorage
from recording.storage.port import Storage, StoredObject, checked_key

__all__ = ["BACKENDS", "LocalStorage", "Storage", "StoredObject", "checked_key", "open_storage"]

BACKENDS: Final[Mapping[str, Callable[[str], Storage]]] = MappingProxyType({"file": LocalStorage.from_url})
"""Scheme of the storage URL → maker."""


def open_storage(url: str) -> Storage:
    """Return the storage a URL names.

    Raises:
        InvalidNameError: no backend for its scheme, or nothing it could use.
    """
    scheme = urlsplit(url).scheme
    make = BACKENDS.get(scheme)
    if make is None:
        raise InvalidNameError(f"Recordings can be stored under {', '.join(sorted(BACKENDS))} addresses.")
    return make(url)
