"""Places for pictures that are being received, each of them in memory until it is whole."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from signaling.web.problems import Refused

UPLOADS: Final = 16
"""Pictures in memory at the same time, 12 MiB each at most."""
UPLOADS_PER_PERSON: Final = 2
_WAIT_S: Final = 10.0


class UploadPlaces:
    """Hand out the places: so many for all, and few enough for each that one person cannot hold them all."""

    def __init__(self, places: int = UPLOADS, per_person: int = UPLOADS_PER_PERSON) -> None:
        self._places = asyncio.Semaphore(places)
        self.decoding = asyncio.Semaphore(1)
        self._per_person = per_person
        self._held: Counter[str] = Counter()

    @asynccontextmanager
    async def place(self, person: str) -> AsyncIterator[None]:
        """Hold a place; raises `too_many` for who holds enough, or when none gets free in time."""
        if self._held[person] >= self._per_person:
            raise Refused("too_many")
        self._held[person] += 1
        try:
            await self._free_place()
            try:
                yield
            finally:
                self._places.release()
        finally:
            self._held[person] -= 1
            self._held += Counter()  # forget who holds none

    async def _free_place(self) -> None:
        try:
            async with asyncio.timeout(_WAIT_S):
                await self._places.acquire()
        except TimeoutError:
            raise Refused("too_many") from None
