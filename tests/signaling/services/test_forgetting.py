"""Nothing in the services remembers a call that is closed: they live as long as the process."""

import collections
from collections.abc import Iterator

import pytest

from rtc_server.errors import error_from_code
from signaling.domain.call_model import CallState
from signaling.domain.errors import LimitError
from signaling.domain.session import Track
from tests.signaling.services.fakes import House
from tests.signaling.services.stage import Stage
from tests.signaling.services.test_call_life import RESULT

LATER_S = 600.0
"""Longer than anything about a closed call is kept on purpose."""
POINT = "point-dulongjiang"


def mentions(root: object, wanted: str) -> list[str]:
    """Return where the objects of signalling below `root` keep a string."""
    found: list[str] = []
    seen: set[int] = set()
    waiting: list[tuple[str, object]] = [(type(root).__name__, root)]
    while waiting:
        path, one = waiting.pop()
        if isinstance(one, str):
            found += [path] * (one == wanted)
        elif id(one) not in seen:
            seen.add(id(one))
            waiting += [(f"{path}{step}", part) for step, part in _parts(one)]
    return found


def _parts(one: object) -> Iterator[tuple[str, object]]:
    match one:
        case dict():
            for key, value in one.items():
                yield from ((f"[{key!r}]", key), (f"[{key!r}]", value))
        case list() | tuple() | set() | frozenset() | collections.deque():
            yield from (("[…]", part) for part in one)
        case _ if type(one).__module__.startswith("signaling."):
            yield from ((f".{name}", value) for name, value in getattr(one, "__dict__", {}).items())
            slots = (name for kind in type(one).__mro__ for name in getattr(kind, "__slots__", ()))
            yield from ((f".{name}", getattr(one, name, None)) for name in slots)
        case _:
            return


async def until_later(house: House) -> None:
    await house.pass_time(LATER_S)
    await house.ports.bus.settled()
    await house.services.routers.settle()
    assert house.services.ratings.open_request(POINT) is None, "one a point, until a pad looks again"


async def test_a_whole_call_is_forgotten(stage: Stage) -> None:
    house = stage.house
    await stage.produce("wangxiuying", await stage.transport("wangxiuying", "send"), Track.CAMERA)
    assert mentions(house.services, stage.call_id), "a live call is known"
    await house.services.calls.end(house.actor("wangxiuying"), stage.call_id)
    await house.services.calls.store_result(house.actor("liming"), stage.call_id, RESULT)
    await until_later(house)
    assert (await house.call(stage.call_id)).state is CallState.CLOSED
    assert mentions(house.services, stage.call_id) == []


async def test_a_call_that_was_cancelled_while_it_waited_is_forgotten(house: House) -> None:
    await house.connect("wangxiuying")
    await house.connect("liming")
    call = await house.request()
    assert mentions(house.services, call.call_id)
    await house.services.calls.cancel(house.actor("wangxiuying"), call.call_id)
    await until_later(house)
    assert mentions(house.services, call.call_id) == []


async def test_a_call_that_rang_in_vain_is_forgotten(house: House) -> None:
    await house.connect("wangxiuying")
    await house.online("liming")
    call = await house.request()
    await until_later(house)
    assert (await house.call(call.call_id)).state is CallState.CLOSED
    assert mentions(house.services, call.call_id) == []


async def test_a_call_whose_media_could_not_be_had_is_forgotten(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await house.connect("wangxiuying")
    await house.online("liming")
    stage = Stage(house, await house.accept(await house.request()))

    def full(act: str, params: object) -> None:
        raise error_from_code("limit_reached", "This media process has as many calls as it may have.")

    monkeypatch.setattr(house.media, "_router", full)
    with pytest.raises(LimitError):
        await stage.join("wangxiuying")
    monkeypatch.undo()
    await house.services.calls.end(house.actor("wangxiuying"), stage.call_id)
    await until_later(house)
    assert (await house.call(stage.call_id)).state is CallState.CLOSED
    assert mentions(house.services, stage.call_id) == []
