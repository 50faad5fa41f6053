"""Where recordings and stills live (RECORDING 25).

A new backend: one file, a line in `BACKENDS`, a contract-suite case.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from types import MappingProxyType
from typing import Final
from urllib.parse import urlsplit

from recording.config import StorageSettings
from recording.errors import InvalidNameError
from recording.storage.local import open_local
from recording.storage.port import Storage, StoredObject, checked_key, read_back

__all__ = [
    "BACKENDS",
    "Storage",
    "StorageSettings",
    "StoredObject",
    "checked_key",
    "open_storage",
    "read_back",
]

Maker = Callable[[StorageSettings], AbstractAsyncContextManager[Storage]]
"""Opens a storage for as long as its context lasts: connections and tasks of a backend end with it."""

BACKENDS: Final[Mapping[str, Maker]] = MappingProxyType({"file": open_local})
"""Scheme of the storage's address → maker."""


def open_storage(settings: StorageSettings) -> AbstractAsyncContextManager[Storage]:
    """Return the context of the storage that the address names.

    Raises:
        InvalidNameError: no backend for its scheme; when it is entered, an address the backend cannot use.
    """
    scheme = urlsplit(settings.url).scheme
    make = BACKENDS.get(scheme)
    if make is None:
        raise InvalidNameError(f"Recordings can be stored under {', '.join(sorted(BACKENDS))} addresses.")
    return make(settings)
