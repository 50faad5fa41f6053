"""Homes of rooms for a process that is alone: every room is here."""

from typing import NoReturn

from signaling.domain.ids import JsonObject
from signaling.services.homes import Handler


class MemoryHomes:
    """RoomHomes port of one process."""

    process = ""

    async def claim(self, call_id: str) -> bool:
        """Nobody else could have it."""
        return False

    async def find(self, call_id: str) -> str | None:
        """It is here."""
        return None

    def forget(self, call_id: str) -> None:
        """Nothing is kept."""

    async def ask(self, process: str, method: str, arguments: JsonObject) -> NoReturn:
        """There is nobody to ask, and `find` never names anybody."""
        raise AssertionError("this process is alone")

    def answer_with(self, handler: Handler) -> None:
        """Nobody asks."""
