"""More than two people in a call: how they come in, what they get, and that their going disturbs nobody."""

from dataclasses import replace

import pytest

from rtc_server.tap_commands import TrackTags
from signaling.domain.call_model import Call, CallState, ResultKind
from signaling.domain.errors import ForbiddenError, NotFoundError, StateError
from signaling.domain.events import CallChanged, ParticipantLeft, ProducerRemoved
from signaling.domain.log_kinds import LogKind
from signaling.domain.members import Part, seated
from signaling.domain.presence import PresenceState, freed
from signaling.domain.session import Producer, Track
from signaling.services.calls import ResultInput
from signaling.services.session import Snapshot
from tests.signaling.services.stage import Stage

SPECIALIST, ADVISER, SUPERVISOR = "liming", "hezhiqiang", "zhaojun"
CLERK = "wangxiuying"


async def seat(stage: Stage, name: str, part: Part, by: str | None = None) -> Call:
    """Give somebody a place who is signed in; they do not join yet."""
    house = stage.house
    await house.online(name)
    stage.sockets[name] = f"{name}-{house.sockets[name]}"
    actor, who = house.actor(by or name), house.actor(name).who
    call = await stage.session.seat(actor, stage.call_id, who, part)
    await house.services.life.settle()
    return call


async def four(stage: Stage) -> dict[str, Producer]:
    """Seat a consultant and a monitor beside the two; return the microphone of each who sends."""
    await seat(stage, ADVISER, Part.CONSULTANT, by=SPECIALIST)
    await seat(stage, SUPERVISOR, Part.MONITOR)
    await stage.join(ADVISER)
    await stage.join(SUPERVISOR)
    senders = (CLERK, SPECIALIST, ADVISER)
    sending = {name: await stage.transport(name, "send") for name in senders}
    return {name: await stage.produce(name, sending[name], Track.MICROPHONE) for name in senders}


async def look(stage: Stage, name: str) -> Snapshot:
    """Return what somebody sees who is in the call already."""
    before = stage.snapshots[name]
    return await stage.join(name, before.generation, before.epoch)


async def state_of(stage: Stage) -> CallState:
    return (await stage.house.call(stage.call_id)).state


async def presence_of(stage: Stage, name: str) -> PresenceState:
    return (await stage.house.services.presence.of(stage.house.actor(name).person)).state


async def test_a_consultant_is_seen_by_all_and_a_monitor_by_nobody(stage: Stage) -> None:
    microphones = await four(stage)
    for name in (CLERK, SPECIALIST, ADVISER):
        seen = await look(stage, name)
        assert {one.participant_id for one in seen.participants} == {"clerk", "specialist", "consultant"}
    seen = await look(stage, SUPERVISOR)
    assert len(seen.participants) == 4, "the monitor sees all, and themself"
    assert {one.producer_id for one in seen.producers} == {one.producer_id for one in microphones.values()}


async def test_everybody_gets_who_they_hear_and_nobody_gets_a_whisper_but_the_specialist(
    stage: Stage,
) -> None:
    await four(stage)
    await stage.session.leave(stage.house.actor(SUPERVISOR), stage.call_id)
    await seat(stage, SUPERVISOR, Part.WHISPERER)
    await stage.join(SUPERVISOR)
    whisper = await stage.produce(SUPERVISOR, await stage.transport(SUPERVISOR, "send"), Track.MICROPHONE)
    for name in (CLERK, ADVISER):
        with pytest.raises(NotFoundError, match="producer_not_found"):
            await stage.consume(name, await stage.transport(name, "recv"), whisper.producer_id)
        seen = (await look(stage, name)).producers
        assert whisper.producer_id not in {one.producer_id for one in seen}
    await stage.consume(SPECIALIST, await stage.transport(SPECIALIST, "recv"), whisper.producer_id)
    with pytest.raises(ForbiddenError, match="track_not_allowed"):
        await stage.produce(SUPERVISOR, await stage.transport(SUPERVISOR, "send"), Track.CAMERA)


async def test_a_monitor_sends_nothing_and_says_nothing(stage: Stage) -> None:
    await four(stage)
    monitor, house = stage.house.actor(SUPERVISOR), stage.house
    send = await stage.transport(SUPERVISOR, "send")
    for track in Track:
        with pytest.raises(ForbiddenError, match="track_not_allowed"):
            await stage.produce(SUPERVISOR, send, track)
    refused = (
        house.services.collaboration.send_chat(monitor, stage.call_id, "在吗"),
        house.services.calls.end(monitor, stage.call_id),
        house.services.recordings.pause(monitor, stage.call_id, "身份证"),
        house.services.calls.store_result(
            monitor, stage.call_id, ResultInput(ResultKind.ANSWERED, ("YB-003",))
        ),
        stage.session.seat(monitor, stage.call_id, house.actor(ADVISER).who, Part.CONSULTANT),
    )
    for act in refused:
        with pytest.raises(ForbiddenError):
            await act
    kinds = [event.kind for event in await house.ports.calls.events(stage.call_id)]
    assert kinds.count("member.seated") == 2, "the log knows of both"


@pytest.mark.parametrize("name", [ADVISER, SUPERVISOR])
async def test_the_loss_and_return_of_one_disturbs_nobody(stage: Stage, name: str) -> None:
    await four(stage)
    await stage.reload(name)
    assert await state_of(stage) is CallState.CONNECTED
    again = await stage.join(name)
    assert again.generation == 2
    await stage.lose(name)
    await stage.house.pass_time(stage.house.services.life.next_deadline() - stage.house.clock.at + 1.0)
    await stage.house.pass_time(120.0)
    call = await stage.house.call(stage.call_id)
    assert call.state is CallState.CONNECTED, "the others go on"
    assert call.member_of(stage.house.actor(name).who) is None
    seen = await look(stage, CLERK)
    assert len(seen.participants) == (2 if name == ADVISER else 3)


async def test_the_loss_of_the_specialist_still_counts(stage: Stage) -> None:
    await four(stage)
    await stage.lose(SPECIALIST)
    assert await state_of(stage) is CallState.RECONNECTING
    await stage.house.pass_time(61.0)
    call = await stage.house.call(stage.call_id)
    assert [member.part for member in call.present] == [Part.CLERK]
    assert await presence_of(stage, SUPERVISOR) is PresenceState.AVAILABLE, "free again"


async def test_who_leaves_sends_no_more_and_the_others_are_told(stage: Stage) -> None:
    microphones = await four(stage)
    adviser = stage.house.actor(ADVISER)
    await stage.session.leave(adviser, stage.call_id)
    assert microphones[ADVISER].producer_id not in stage.house.media.producers
    assert ParticipantLeft(stage.call_id, "consultant") in stage.house.heard(ParticipantLeft)
    removed = stage.house.heard(ProducerRemoved)[-1]
    assert (removed.producer_id, removed.reason) == (microphones[ADVISER].producer_id, "left")
    with pytest.raises(ForbiddenError, match="not_in_call"):
        await stage.join(ADVISER)
    with pytest.raises(ForbiddenError, match="part_may_not"):
        await stage.session.leave(stage.house.actor(SPECIALIST), stage.call_id)


async def test_a_seated_person_is_busy_and_in_no_other_call(stage: Stage) -> None:
    house = stage.house
    await seat(stage, ADVISER, Part.CONSULTANT, by=SPECIALIST)
    assert await presence_of(stage, ADVISER) is PresenceState.BUSY
    await house.connect("hexiaomei")
    other = await house.request("hexiaomei")
    assert other.offer is None or other.offer.who != house.actor(ADVISER).who
    await house.online(SUPERVISOR)
    await stage.session.seat(
        house.actor(SUPERVISOR), stage.call_id, house.actor(SUPERVISOR).who, Part.MONITOR
    )
    with pytest.raises(StateError, match="already_in_call"):
        await stage.session.seat(
            house.actor(SUPERVISOR), stage.call_id, house.actor(SUPERVISOR).who, Part.WHISPERER
        )
    await house.services.calls.end(house.actor(CLERK), stage.call_id)
    await house.services.life.settle()
    assert await presence_of(stage, ADVISER) is PresenceState.AVAILABLE
    assert await presence_of(stage, SPECIALIST) is PresenceState.WRAP_UP


async def test_who_advises_in_one_call_is_asked_into_no_other(stage: Stage) -> None:
    house = stage.house
    await seat(stage, ADVISER, Part.CONSULTANT, by=SPECIALIST)
    await house.connect("hexiaomei")
    await house.online("mulan")
    other = await house.request("hexiaomei")
    for _ in range(20):  # the prefecture is asked a while later
        if other.offer is None:
            await house.pass_time(5.0)
            other = await house.call(other.call_id)
    other = await house.accept(other)
    with pytest.raises(StateError, match="claimed"):
        await stage.session.seat(
            house.actor("mulan"), other.call_id, house.actor(ADVISER).who, Part.CONSULTANT
        )
    await stage.session.leave(house.actor(ADVISER), stage.call_id)
    call = await stage.session.seat(
        house.actor("mulan"), other.call_id, house.actor(ADVISER).who, Part.CONSULTANT
    )
    assert call.part_of(house.actor(ADVISER).who) is Part.CONSULTANT


async def test_who_is_seated_holds_no_other_call_up_though_presence_says_they_are_free(stage: Stage) -> None:
    house = stage.house
    await seat(stage, ADVISER, Part.CONSULTANT, by=SPECIALIST)
    person, now = house.actor(ADVISER).person, house.clock.at
    await house.services.presence._change(person, lambda seen: freed(seen, now))
    assert await presence_of(stage, ADVISER) is PresenceState.AVAILABLE
    house.clock.at += 1.0
    await house.connect("hexiaomei")
    await house.online("mulan")
    call = await house.request("hexiaomei")
    for _ in range(20):
        await house.pass_time(5.0)
        call = await house.call(call.call_id)
        if call.offer is not None:
            break
    assert call.offer is not None
    assert call.offer.who == house.actor("mulan").who


async def test_while_a_call_goes_on_its_log_tells_its_people_of_no_monitor(stage: Stage) -> None:
    await four(stage)
    await stage.reload(SUPERVISOR)
    await stage.join(SUPERVISOR)
    calls, house = stage.house.services.calls, stage.house
    monitor = house.actor(SUPERVISOR)

    async def told(name: str) -> bool:
        events = (await calls.events(house.actor(name), stage.call_id)).events
        return any(event.actor == monitor.person or event.data.get("part") == "monitor" for event in events)

    assert [await told(name) for name in (CLERK, SPECIALIST, ADVISER, SUPERVISOR)] == [False] * 3 + [True]
    await calls.end(house.actor(CLERK), stage.call_id)
    await calls.store_result(
        house.actor(SPECIALIST), stage.call_id, ResultInput(ResultKind.ANSWERED, ("YB-003",))
    )
    assert await told(SPECIALIST), "afterwards it is all there to read"


async def test_only_who_may_ask_others_in_does(stage: Stage) -> None:
    house = stage.house
    await house.online(ADVISER, SUPERVISOR)
    adviser, supervisor = house.actor(ADVISER), house.actor(SUPERVISOR)
    for actor, who, part in (
        (house.actor(CLERK), adviser.who, Part.CONSULTANT),
        (adviser, adviser.who, Part.CONSULTANT),
        (adviser, adviser.who, Part.MONITOR),
        (supervisor, adviser.who, Part.MONITOR),
        (house.actor(SPECIALIST), house.actor("hexiaomei").who, Part.CONSULTANT),
        (house.actor(SPECIALIST), adviser.who, Part.SPECIALIST),
        (supervisor, supervisor.who, Part.CITIZEN),
    ):
        with pytest.raises(ForbiddenError):
            await stage.session.seat(actor, stage.call_id, who, part)
    assert len((await house.call(stage.call_id)).present) == 2


async def test_only_the_tracks_the_table_says_are_recorded(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: dict[str, bool] = {}
    produce = stage.house.ports.media.produce

    async def note(*given: object, paused: bool) -> dict[str, object]:
        tags = given[4]
        assert isinstance(tags, TrackTags)
        said[tags.participant] = tags.recorded
        return await produce(*given, paused=paused)  # type: ignore[arg-type]

    monkeypatch.setattr(stage.house.ports.media, "produce", note)
    await four(stage)
    await stage.session.leave(stage.house.actor(SUPERVISOR), stage.call_id)
    await seat(stage, SUPERVISOR, Part.WHISPERER)
    await stage.join(SUPERVISOR)
    await stage.produce(SUPERVISOR, await stage.transport(SUPERVISOR, "send"), Track.MICROPHONE)
    assert said == {"clerk": True, "specialist": True, "consultant": True, "whisperer": False}


async def test_who_leaves_while_they_join_gets_no_seat(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    await seat(stage, SUPERVISOR, Part.MONITOR)
    sessions = stage.house.ports.sessions
    stored = sessions.participants

    async def leave_first(call_id: str) -> object:
        monkeypatch.undo()
        await stage.session.leave(stage.house.actor(SUPERVISOR), call_id)
        return await stored(call_id)

    monkeypatch.setattr(sessions, "participants", leave_first)
    with pytest.raises(ForbiddenError, match="not_in_call"):
        await stage.join(SUPERVISOR)
    with pytest.raises(ForbiddenError, match="not_in_call"):
        await stage.transport(SUPERVISOR, "recv")


async def test_who_was_seated_elsewhere_joins_before_the_news_of_it_came(stage: Stage) -> None:
    await stage.house.connect(ADVISER)
    before, who = await stage.house.call(stage.call_id), stage.house.actor(ADVISER).who
    members = seated(before.members, who, Part.CONSULTANT, stage.house.clock.at)
    after = replace(before, version=before.version + 1, members=members)
    await stage.house.ports.calls.save(before, after, (), stage.house.clock.at)
    stage.sockets[ADVISER] = f"{ADVISER}-1"
    assert (await stage.join(ADVISER)).participant_id == "consultant"


async def test_late_news_of_another_process_empties_no_seat(stage: Stage) -> None:
    before = await stage.house.call(stage.call_id)
    await four(stage)
    await stage.session.on_event(CallChanged(before, (LogKind.MATERIAL_SET,), "another process"))
    await stage.transport(ADVISER, "recv")
    assert stage.house.heard(ParticipantLeft) == []


async def test_who_left_has_no_seat_whatever_becomes_of_its_media(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    await four(stage)
    await stage.transport(SUPERVISOR, "recv")

    async def fail(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(stage.house.ports.media, "close_transport", fail)
    await stage.session.leave(stage.house.actor(SUPERVISOR), stage.call_id)
    with pytest.raises(ForbiddenError, match="not_in_call"):
        await stage.transport(SUPERVISOR, "recv")


async def test_what_somebody_says_bears_the_name_of_their_present_place(stage: Stage) -> None:
    house, adviser = stage.house, stage.house.actor(ADVISER)
    await seat(stage, ADVISER, Part.CONSULTANT, by=SPECIALIST)
    await stage.join(ADVISER)
    await stage.session.leave(adviser, stage.call_id)
    await stage.lose(SPECIALIST)
    call = await house.call(stage.call_id)
    while call.offer is None:
        await house.pass_time(5.0)
        call = await house.call(stage.call_id)
    assert call.offer.who == adviser.who
    await house.accept(call)
    await stage.join(ADVISER)
    house.services.session._rooms.remove(stage.call_id)  # as in a process that is not its home
    said = await house.services.collaboration.send_chat(adviser, stage.call_id, "您好")
    assert said.participant_id == "specialist-2"
