"""Control of a counter PC in a real call: asked, granted, ended by whatever may end it, and written down."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from signaling.domain.control.grant import Control, ControlEnd, ControlPause, ControlScope, ControlState
from signaling.domain.control.inputs import Paused, Resumed, Stopped
from signaling.domain.control.policy import ControlObstacle, ControlPolicy
from signaling.domain.counters import CounterMonitor
from signaling.domain.errors import ForbiddenError, InvalidError, NotFoundError, SignInError, StateError
from signaling.domain.events import (
    CallChanged,
    ControlChanged,
    ControlStandChanged,
    HelperHere,
    HelpersRevoked,
    HelperTooOld,
    MonitorsMarked,
)
from signaling.domain.members import Part
from signaling.domain.session import DisplaySurface, Track
from signaling.services.counter_pcs import PRACTICE_KEY_S, SILENT_S, practised_call
from tests.signaling.services.fakes import demo_house, demo_settings
from tests.signaling.services.stage import Stage, in_call
from tests.signaling.services.test_helpers import pair
from tests.signaling.services.test_seats import seat

LEFT = CounterMonitor("left", 0, 0, 1440, 900, "#e60012")
RIGHT = CounterMonitor("right", 1440, 0, 1440, 900, "#0068b7")
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


async def here(stage: Stage) -> str:
    """Pair the helper of the clerk's PC and let it connect; return its id."""
    paired = await pair(stage.house)
    await stage.house.services.control.at_counter(stage.house.actor(CLERK), stage.call_id, "pc-1")
    await arrives(stage, paired.helper.helper_id)
    return paired.helper.helper_id


async def arrives(stage: Stage, helper_id: str, *monitors: CounterMonitor, rev: int = 1) -> None:
    """Let a helper connect, with one monitor unless given."""
    here = HelperHere(helper_id, here=True, process="p1", rev=rev, monitors=monitors or (LEFT,))
    await stage.house.ports.bus.publish(here)


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
    stand = await stage.house.services.control.stand(stage.house.actor(SPECIALIST), stage.call_id)
    return stand.obstacle


async def test_the_reason_why_not_is_told_step_by_step(stage: Stage) -> None:
    assert await why_not(stage) is ControlObstacle.NO_SHARE
    window = await share(stage, DisplaySurface.WINDOW)
    assert await why_not(stage) is ControlObstacle.NOT_A_MONITOR
    await stage.media.close_producer(stage.house.actor(CLERK), stage.sockets[CLERK], stage.call_id, window)
    await share(stage)
    assert await why_not(stage) is ControlObstacle.NO_HELPER
    helper_id = await here(stage)
    assert await why_not(stage) is None
    await stage.house.ports.bus.publish(HelperTooOld(helper_id))
    assert await why_not(stage) is None, "another one of that PC is here"
    await stage.house.ports.bus.publish(HelperHere(helper_id, here=False))
    assert await why_not(stage) is ControlObstacle.NO_HELPER
    await stage.house.ports.bus.publish(HelperTooOld(helper_id))
    assert await why_not(stage) is ControlObstacle.HELPER_TOO_OLD
    with pytest.raises(StateError, match="control_impossible"):
        await ask(stage)
    await arrives(stage, helper_id)
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
    stand = await stage.house.services.control.stand(stage.house.actor(CLERK), stage.call_id)
    assert stand.control is None
    with pytest.raises(NotFoundError, match="control_gone"):
        await stage.house.services.control.grant(
            stage.house.actor(CLERK), stage.call_id, asked.control_id, SCOPES, 60.0
        )


async def _share_another(stage: Stage) -> None:
    await share(stage)


async def _nobody_comes(stage: Stage) -> None:
    stage.house.clock.at += 10
    await stage.house.services.control.expire()


async def _the_helpers_process_dies(stage: Stage) -> None:
    await _take_up(stage)
    stage.house.clock.at += SILENT_S
    await stage.house.services.control.expire()


async def _take_up(stage: Stage) -> None:
    control = stage.house.heard(ControlChanged)[-1].control
    await stage.house.services.control.take_up(
        stage.house.actor(SPECIALIST), stage.call_id, control.control_id, "p1"
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
    await stage.house.ports.bus.publish(HelperHere(helper.helper_id, here=False))


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
    await _take_up(stage)
    stage.house.clock.at += 600
    await stage.house.services.control.expire()


async def _lose_the_specialist(stage: Stage) -> None:
    await stage.lose(SPECIALIST)
    await stage.house.pass_time(120)


async def _place_changes(stage: Stage, of: Part, **change: object) -> None:
    """Tell of the call with somebody's place changed, as a transfer and a change of clerks do."""
    call = await stage.house.call(stage.call_id)
    members = tuple(replace(one, **change) if one.part is of else one for one in call.members)
    await stage.house.ports.bus.publish(CallChanged(replace(call, members=members), (), "p1"))


async def _another_specialist(stage: Stage) -> None:
    await _place_changes(stage, Part.SPECIALIST, left_at=stage.house.clock.at)


async def _the_specialist_advises_now(stage: Stage) -> None:
    await _place_changes(stage, Part.SPECIALIST, part=Part.CONSULTANT)


async def _another_clerk(stage: Stage) -> None:
    await _place_changes(stage, Part.CLERK, who=stage.house.actor("hexiaomei").who)


@pytest.mark.parametrize(
    ("happening", "end"),
    [
        (_another_specialist, ControlEnd.SEAT_CHANGED),
        (_the_specialist_advises_now, ControlEnd.SEAT_CHANGED),
        (_another_clerk, ControlEnd.SEAT_CHANGED),
        (_unshare, ControlEnd.SHARE_ENDED),
        (_share_another, ControlEnd.SHARE_ENDED),
        (_nobody_comes, ControlEnd.CONTROLLER_LOST),
        (_the_helpers_process_dies, ControlEnd.HELPER_LOST),
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


async def test_the_calls_people_are_told_where_it_stands(stage: Stage) -> None:
    await share(stage)
    helper_id = await here(stage)
    await arrives(stage, helper_id)  # told of again, and nothing has changed
    await arrives(stage, helper_id, LEFT, RIGHT, rev=2)
    await ask(stage)
    await _helper_goes(stage)
    stands = [event.stand for event in stage.house.heard(ControlStandChanged)]
    told = [(one.obstacle, one.helper.here, one.rev, len(one.monitors)) for one in stands]
    assert told == [
        (ControlObstacle.NO_HELPER, False, 0, 0),  # the share
        (ControlObstacle.NO_HELPER, False, 0, 0),  # the PC, whose helper is paired
        (None, True, 1, 1),
        (None, True, 2, 2),
        (ControlObstacle.UNDER_WAY, True, 2, 2),
        (ControlObstacle.NO_HELPER, False, 0, 0),
    ]
    assert [one.helper.paired for one in stands] == [False, True, True, True, True, True]
    assert stands[4].control is not None
    assert stands[2].scopes == frozenset(ControlScope)


async def test_consent_is_to_one_monitor_which_can_be_shown(stage: Stage) -> None:
    service, clerk = stage.house.services.control, stage.house.actor(CLERK)
    await share(stage)
    with pytest.raises(StateError, match="control_impossible"):
        await service.mark(clerk, stage.call_id, True)
    helper_id = await here(stage)
    await arrives(stage, helper_id, LEFT, RIGHT)
    await service.mark(clerk, stage.call_id, True)
    assert stage.house.heard(MonitorsMarked) == [MonitorsMarked(helper_id, shown=True)]
    asked = await ask(stage)
    for unclear in ("", "middle"):
        with pytest.raises(InvalidError, match="monitor"):
            await service.grant(clerk, stage.call_id, asked.control_id, SCOPES, 60.0, unclear)
    control = await service.grant(clerk, stage.call_id, asked.control_id, SCOPES, 60.0, "right")
    assert (control.helper_id, control.monitor) == (helper_id, "right")


async def test_a_grant_is_taken_up_by_who_asked(stage: Stage) -> None:
    control = await granted(stage)
    service, house = stage.house.services.control, stage.house
    for stranger in (house.actor(CLERK), house.actor("hezhiqiang")):
        with pytest.raises(ForbiddenError, match=r"part_may_not|not_in_call"):
            await service.take_up(stranger, stage.call_id, control.control_id, "p1")
    await _take_up(stage)
    with pytest.raises(StateError, match="control_taken"):
        await _take_up(stage)
    assert (await service.attend(stage.call_id, control.control_id)).taken_up_at == "p1"
    await _revoke(stage)
    with pytest.raises(NotFoundError, match="control_gone"):
        await service.attend(stage.call_id, control.control_id)


async def test_the_practice_pc_is_let_in_by_its_drill_alone(stage: Stage) -> None:
    service, clerk = stage.house.services.control, stage.house.actor(CLERK)
    await here(stage)
    key = await service.practice(clerk, stage.call_id)
    assert practised_call(key) == stage.call_id
    for wrong in (key + "x", key[:-1], "practice-1-x"):
        with pytest.raises(SignInError, match="session_ended"):
            await service.admit_practice(stage.call_id, wrong, "练习电脑", "browser")
    helper = await service.admit_practice(stage.call_id, key, "练习电脑", "browser")
    await share(stage, DisplaySurface.PRACTICE)
    assert await why_not(stage) is ControlObstacle.NO_HELPER, "the real PC is not what is seen"
    await arrives(stage, helper.helper_id)
    assert await why_not(stage) is None
    await share(stage)
    stand = await service.stand(clerk, stage.call_id)
    assert (stand.obstacle, stand.helper.name) == (None, "DLJ-01"), "nor the practice PC here"
    again = await service.practice(clerk, stage.call_id)
    assert stage.house.heard(HelpersRevoked)[-1].helper_ids == (helper.helper_id,)
    stage.house.clock.at += PRACTICE_KEY_S
    with pytest.raises(SignInError, match="session_ended"):
        await service.admit_practice(stage.call_id, again, "", "")
    last = await service.practice(clerk, stage.call_id)
    await _hang_up(stage)
    with pytest.raises(SignInError, match="session_ended"):
        await service.admit_practice(stage.call_id, last, "", "")


async def test_outside_drills_there_is_no_practice_pc(tmp_path: Path) -> None:
    async with demo_house(tmp_path, demo_settings(demo=False)) as house:
        stage = await in_call(house)
        with pytest.raises(ForbiddenError, match="drill_only"):
            await house.services.control.practice(house.actor(CLERK), stage.call_id)
        with pytest.raises(ForbiddenError, match="drill_only"):
            await share(stage, DisplaySurface.PRACTICE)


def test_only_a_practice_key_names_a_call() -> None:
    assert practised_call("practice-2-c1secret") == "c1"
    for other in ("k" * 43, "practice-", "practice-x-c1", "practice-999-c1", "practice-²-c1"):
        assert practised_call(other) is None


async def test_point_and_item_forbid_and_narrow_from_the_next_question_on(stage: Stage) -> None:
    services, house = stage.house.services, stage.house
    await share(stage)
    await here(stage)
    gentle = ControlPolicy(frozenset({ControlScope.POINTER, ControlScope.DRAW}), 300.0)
    call = stage.house.services.session.call(stage.call_id)
    assert call is not None
    await services.places.set_point_control(house.actor("admin"), call.point_id, gentle)
    only = ControlPolicy(frozenset({ControlScope.POINTER, ControlScope.KEYBOARD}), 9e9)
    item = await services.writing.set_control(house.actor("duanlian"), call.item_code, only)
    assert item.control.lasts_at_most_s == ControlPolicy().lasts_at_most_s, "nothing widens"
    stand = await services.control.stand(house.actor(CLERK), stage.call_id)
    assert (stand.scopes, stand.longest_s) == (frozenset({ControlScope.POINTER}), 300.0)
    with pytest.raises(InvalidError, match="scope"):
        await ask(stage)
    asked = await ask(stage, frozenset({ControlScope.POINTER}))
    control = await services.control.grant(
        house.actor(CLERK), stage.call_id, asked.control_id, frozenset({ControlScope.POINTER}), 3600.0
    )
    assert control.granted_at is not None
    assert control.until - control.granted_at == 300.0
    await services.control.give_up(house.actor(SPECIALIST), stage.call_id, control.control_id)
    nothing = ControlPolicy(frozenset(), 300.0)
    await services.places.set_point_control(house.actor("admin"), call.point_id, nothing)
    assert await why_not(stage) is ControlObstacle.FORBIDDEN


async def test_a_change_of_a_point_leaves_its_policy(stage: Stage) -> None:
    places, admin = stage.house.services.places, stage.house.actor("admin")
    nothing = ControlPolicy(frozenset(), 300.0)
    point = await places.set_point_control(admin, "point-dulongjiang", nothing)
    changed = await places.change_point(admin, replace(point, phone="0886-1", control=ControlPolicy()))
    assert changed.control == nothing
    with pytest.raises(ForbiddenError):
        await places.set_point_control(stage.house.actor(CLERK), "point-dulongjiang", ControlPolicy())
