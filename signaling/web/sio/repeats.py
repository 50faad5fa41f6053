"""Answers remembered by command id, so that a repeated command runs once.

A client that lost its connection before the acknowledgement came sends the command again with the same id.
It gets the first answer, also while the first is still running.
"""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

KEPT_S: Final = 60.0
KEPT_PER_USER: Final = 256
"""A person gives far fewer commands a minute; above it the oldest are forgotten early."""

Answer = TypeVar("Answer")


@dataclass(slots=True)
class _User(Generic[Answer]):
    answers: OrderedDict[tuple[str, str], tuple[float, asyncio.Future[Answer]]] = field(
        default_factory=OrderedDict
    )


class RepeatMemory(Generic[Answer]):
    """Remember the answer of each (user, command name, command id) for 60 s."""

    def __init__(self) -> None:
        self._users: dict[str, _User[Answer]] = {}

    def find(self, user: str, name: str, command_id: str, now: float) -> asyncio.Future[Answer] | None:
        """Return the first answer's future when this command was given before, else None."""
        self._forget(user, now)
        known = self._users.get(user)
        entry = known.answers.get((name, command_id)) if known else None
        return entry[1] if entry else None

    def keep(self, user: str, name: str, command_id: str, answer: asyncio.Future[Answer], now: float) -> None:
        """Remember `answer` as the only one for this command."""
        known = self._users.setdefault(user, _User())
        known.answers[(name, command_id)] = (now, answer)
        while len(known.answers) > KEPT_PER_USER:
            known.answers.popitem(last=False)

    def sweep(self, now: float) -> None:
        """Forget whatever is too old, of users who went away too."""
        for user in list(self._users):
            self._forget(user, now)

    def _forget(self, user: str, now: float) -> None:
        known = self._users.get(user)
        if known is None:
            return
        while known.answers and next(iter(known.answers.values()))[0] <= now - KEPT_S:
            known.answers.popitem(last=False)
        if not known.answers:
            del self._users[user]
