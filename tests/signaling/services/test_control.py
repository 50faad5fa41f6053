"""Control of a counter PC in a real call: asked, granted, ended by whatever may end it, and written down."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from signaling.domain.control.grant import Control, ControlEnd, ControlPause, ControlScope, ControlState
from signaling.domain.control.inputs import Paused, Resumed, Stopped
from signaling.domain.control.policy import ControlObstacle
from signaling.domain.errors import ForbiddenError, InvalidError, NotFoundError, StateError
from signaling.domain.events import ControlChanged, HelperHere
from signaling.domain.members import Part
from signaling.domain.session import DisplaySurface, Track
from tests.signaling.services.stage import Stage
from tests.signaling.services.test_helpers import pair
from tests.signaling.services.test_seats import seat

CLERK, SPECIALIST, SUPERVISOR = "wangxiuying", "liming", "zhaojun"
SCOPES = frozenset({ControlScope.POINTER, ControlScope.KEYBOARD, ControlScope.CLIPBOARD})


async def share(stage: Stage, surface: DisplaySurface = DisplaySurface.MONITOR) -> str:
    """Let the counter share its desktop; return the producer."""
    transport = await stage.transport(CLERK, "send")
    made = await stage.media.produce(
        stage.house.actor(CLERK),
        stage.sockets[CLERK],
        stage.call_id,
        transport,
        Track.DESKTOP,
        {},
        paused=False,
        display_surface=surface,
    )
    return made.producer_id


async def here(stage: Stage, *, current: bool = True) -> str:
    """Pair the helper of the clerk's PC and let it connect; return its id."""
    paired = await pair(stage.house)
    await stage.house.services.control.at_counter(stage.house.actor(CLERK), stage.call_id, "pc-1")
    await stage.house.ports.bus.publish(HelperHere(paired.helper.helper_id, here=True, is_current=current))
    return paired.helper.helper_id


async def ask(stage: Stage, scopes: frozenset[ControlScope] = SCOPES) -> Control:
    return await stage.house.services.control.ask(
        stage.house.actor(SPECIALIST), stage.call_id, scopes, "帮您填表"
    )


async def granted(stage: Stage) -> Control:
    """A call whose specialist controls the counter PC."""
    await share(stage)
    await here(stage)
    asked = await ask(stage)
    return await stage.house.services.control.grant(
        stage.house.actor(CLERK), stage.call_id, asked.control_id, SCOPES, 600.0
    )


async def why_not(stage: Stage) -> ControlObstacle | None:
    return await stage.house.services.control.why_not(stage.house.actor(SPECIALIST), stage.call_id)


async def test_the_reason_why_not_is_told_step_by_step(stage: Stage) -> None:
    assert await why_not(stage) is ControlObstacle.NO_SHARE
    window = await share(stage, DisplaySurface.WINDOW)
    assert await why_not(stage) is ControlObstacle.NOT_A_MONITOR
    await stage.media.close_producer(stage.house.actor(CLERK), stage.sockets[CLERK], stage.call_id, window)
    await share(stage)
    assert await why_not(stage) is ControlObstacle.NO_HELPER
    helper_id = await here(stage, current=False)
    assert await why_not(stage) is ControlObstacle.HELPER_TOO_OLD
    with pytest.raises(StateError, match="control_impossible"):
        await ask(stage)
    await stage.house.ports.bus.publish(HelperHere(helper_id, here=True, is_current=True))
    assert await why_not(stage) is None
    await ask(stage)
    assert await why_not(stage) is ControlObstacle.UNDER_WAY


async def test_asked_granted_given_back_and_written_down(stage: Stage) -> None:
    control = await granted(stage)
    service = stage.house.services.control
    assert (control.state, control.scopes) == (ControlState.GRANTED, SCOPES)
    await service.tell(stage.call_id, control.control_id, Paused(ControlPause.LOCAL_INPUT))
    await service.tell(stage.call_id, control.control_id, Resumed())
    await service.give_up(stage.house.actor(SPECIALIST), stage.call_id, control.control_id)
    events = await stage.house.ports.calls.events(stage.call_id)
    log = [(event.kind, event.actor) for event in events if event.kind.startswith("control.")]
    clerk, specialist = stage.house.actor(CLERK).person, stage.house.actor(SPECIALIST).person
    assert [kind for kind, _ in log] == [
        f"control.{what}" for what in ("asked", "granted", "paused", "resumed", "ended")
    ]
    assert [actor for _, actor in log[:2]] == [specialist, clerk]
    assert log[2][1] is not None
    assert log[2][1].startswith("helper:")
    told = [event.control.state.value for event in stage.house.heard(ControlChanged)]
    assert told == ["asked", "granted", "paused", "granted", "ended"]
    with pytest.raises(NotFoundError, match="control_gone"):
        await service.give_up(stage.house.actor(SPECIALIST), stage.call_id, control.control_id)


async def test_silence_is_refusal(stage: Stage) -> None:
    await share(stage)
    await here(stage)
    asked = await ask(stage)
    stage.house.clock.at += 30
    await stage.house.services.control.expire()
    assert stage.house.heard(ControlChanged)[-1].control.end is ControlEnd.UNANSWERED
    assert await stage.house.services.control.current(stage.house.actor(CLERK), stage.call_id) is None
    with pytest.raises(NotFoundError, match="control_gone"):
        await stage.house.services.control.grant(
            stage.house.actor(CLERK), stage.call_id, asked.control_id, SCOPES, 60.0
        )


async def _unshare(stage: Stage) -> None:
    room = await stage.join(CLERK, stage.snapshots[CLERK].generation, stage.snapshots[CLERK].epoch)
    [desktop] = [one for one in room.producers if one.track is Track.DESKTOP]
    await stage.media.close_producer(
        stage.house.actor(CLERK), stage.sockets[CLERK], stage.call_id, desktop.producer_id
    )


async def _hang_up(stage: Stage) -> None:
    await stage.house.services.calls.end(stage.house.actor(CLERK), stage.call_id)


async def _helper_goes(stage: Stage) -> None:
    helper = await stage.house.services.helpers.of_counter("point-dulongjiang", "pc-1")
    assert helper is not None
    await stage.house.ports.bus.publish(HelperHere(helper.helper_id, here=False, is_current=True))


async def _unpair(stage: Stage) -> None:
    await stage.house.services.helpers.revoke(stage.house.actor("admin"), "point-dulongjiang")


async def _revoke(stage: Stage) -> None:
    control = stage.house.heard(ControlChanged)[-1].control
    await stage.house.services.control.revoke(stage.house.actor(CLERK), stage.call_id, control.control_id)


async def _fuse(stage: Stage) -> None:
    await stage.house.services.control.fuse(stage.house.actor(SUPERVISOR), stage.call_id)


async def _escape(stage: Stage) -> None:
    control = stage.house.heard(ControlChanged)[-1].control
    await stage.house.services.control.tell(stage.call_id, control.control_id, Stopped(ControlEnd.ESCAPED))


async def _time(stage: Stage) -> None:
    stage.house.clock.at += 600
    await stage.house.services.control.expire()


async def _lose_the_specialist(stage: Stage) -> None:
    await stage.lose(SPECIALIST)
    await stage.house.pass_time(120)


@pytest.mark.parametrize(
    ("happening", "end"),
    [
        (_unshare, ControlEnd.SHARE_ENDED),
        (_hang_up, ControlEnd.SESSION_ENDED),
        (_helper_goes, ControlEnd.HELPER_LOST),
        (_unpair, ControlEnd.HELPER_LOST),
        (_revoke, ControlEnd.REVOKED),
        (_fuse, ControlEnd.FUSED),
        (_escape, ControlEnd.ESCAPED),
        (_time, ControlEnd.EXPIRED),
        (_lose_the_specialist, ControlEnd.SESSION_ENDED),
    ],
)
async def test_whatever_ends_it(
    stage: Stage, happening: Callable[[Stage], Awaitable[None]], end: ControlEnd
) -> None:
    await granted(stage)
    await happening(stage)
    last = stage.house.heard(ControlChanged)[-1].control
    assert (last.state, last.end) == (ControlState.ENDED, end)


async def test_nobody_else_decides(stage: Stage) -> None:
    await share(stage)
    await here(stage)
    await seat(stage, "hezhiqiang", Part.CONSULTANT, by=SPECIALIST)
    await stage.join("hezhiqiang")
    service, house = stage.house.services.control, stage.house
    consultant = house.actor("hezhiqiang")
    with pytest.raises(ForbiddenError, match="part_may_not"):
        await service.ask(consultant, stage.call_id, SCOPES, "")
    asked = await ask(stage)
    for stranger in (house.actor(SPECIALIST), house.actor("hexiaomei"), house.actor(SUPERVISOR)):
        with pytest.raises(ForbiddenError):
            await service.grant(stranger, stage.call_id, asked.control_id, SCOPES, 60.0)
    with pytest.raises(ForbiddenError, match="not_yours"):
        await service.give_up(consultant, stage.call_id, asked.control_id)
    with pytest.raises(ForbiddenError, match="forbidden"):
        await service.fuse(house.actor(SPECIALIST), stage.call_id)
    with pytest.raises(ForbiddenError, match="out_of_scope"):
        await service.fuse(replace(house.actor(SUPERVISOR), region_code="533325"), stage.call_id)
    with pytest.raises(InvalidError, match="scope"):
        await service.grant(
            house.actor(CLERK), stage.call_id, asked.control_id, frozenset({ControlScope.FILE}), 60.0
        )


async def test_a_log_that_cannot_be_written_keeps_no_end_from_the_counter(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    await granted(stage)

    async def away(*_: object) -> None:
        raise OSError("database is locked")

    monkeypatch.setattr(stage.house.ports.calls, "append", away)
    await _revoke(stage)
    assert stage.house.heard(ControlChanged)[-1].control.end is ControlEnd.REVOKED
