"""Methods carried out where a call's room is: the same results and refusals, across a border of JSON."""

import json
from dataclasses import dataclass, field
from typing import Any

import pytest

from signaling.domain.actor import Actor
from signaling.domain.errors import NotFoundError
from signaling.domain.ids import JsonObject
from signaling.domain.roles import Permission
from signaling.domain.session import Producer, Track
from signaling.domain.subject import Subject
from signaling.services.homes import Household, at_home

ACTOR = Actor(
    Subject.of_staff("s1"),
    "李明",
    frozenset({Permission.MEDIA_USE}),
    "533324",
    department_ids=frozenset({"d"}),
)


@dataclass
class FarHomes:
    """Another process, behind JSON."""

    household: Household
    process: str = "here"
    asked: list[str] = field(default_factory=list)

    async def find(self, call_id: str) -> str | None:
        return "there" if call_id == "far" else None

    async def ask(self, process: str, method: str, arguments: JsonObject) -> Any:
        self.asked.append(method)
        return json.loads(
            json.dumps(await self.household.carry_out(method, json.loads(json.dumps(arguments))))
        )


@dataclass
class Ports:
    homes: FarHomes | None = None


class Service:
    """Something with a room."""

    def __init__(self) -> None:
        self._ports = Ports()
        self.given: list[tuple[object, ...]] = []

    @at_home
    async def send(
        self, actor: Actor, call_id: str, track: Track, points: tuple[tuple[float, float], ...], *, loud: bool
    ) -> Producer:
        """Send a track."""
        self.given.append((actor, track, points, loud))
        return Producer("p1", call_id, "specialist", track, paused=loud)

    async def unmarked(self, call_id: str) -> None:
        """Nobody else may ask for this."""


def two() -> tuple[Service, Service, FarHomes]:
    here, there = Service(), Service()
    homes = FarHomes(Household(there))
    here._ports.homes = homes
    return here, there, homes


@pytest.mark.parametrize("call_id", ["near", "far"])
async def test_result_and_arguments_are_the_same_here_and_there(call_id: str) -> None:
    here, there, homes = two()
    made = await here.send(ACTOR, call_id, Track.DESKTOP, ((0.1, 0.2),), loud=True)
    assert made == Producer("p1", call_id, "specialist", Track.DESKTOP, paused=True)
    at, other = (there, here) if call_id == "far" else (here, there)
    assert at.given == [(ACTOR, Track.DESKTOP, ((0.1, 0.2),), True)]
    assert other.given == []
    assert homes.asked == (["Service.send"] if call_id == "far" else [])


async def test_nobody_asks_for_what_is_not_marked() -> None:
    _, there, _ = two()
    for name in ("Service.unmarked", "Service.__init__", "os.system"):
        with pytest.raises(NotFoundError):
            await Household(there).carry_out(name, {"call_id": "c"})
