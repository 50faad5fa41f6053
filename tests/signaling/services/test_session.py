"""Joining, rejoining and the media of a call: nobody touches what is not theirs."""

import hashlib
from typing import Any

import pytest

from signaling.domain.call_model import Call, CallState, RecordingState
from signaling.domain.collaboration import CardKind
from signaling.domain.errors import DomainError, ForbiddenError, LimitError, NotFoundError, StateError
from signaling.domain.events import (
    ChatAdded,
    ConsumerClosed,
    MediaRestarted,
    ProducerRemoved,
    RecordingChanged,
    Superseded,
)
from signaling.domain.presence import PresenceState
from signaling.domain.session import Producer, Track
from signaling.services.ports import MediaEvent
from signaling.services.session import Snapshot
from tests.signaling.services.fakes import House

JPEG = b"\xff\xd8\xff" + b"picture" * 10


class Stage:
    """A connected call with both people in it."""

    def __init__(self, house: House, call: Call) -> None:
        self.house = house
        self.session = house.services.session
        self.media = house.services.media
        self.call_id = call.call_id
        self.sockets = {"wangxiuying": "wangxiuying-1", "liming": "liming-1"}
        self.snapshots: dict[str, Snapshot] = {}

    async def join(self, name: str, generation: int | None = None, epoch: str | None = None) -> Snapshot:
        snapshot = await self.session.join(
            self.house.actor(name), self.sockets[name], self.call_id, generation, epoch
        )
        self.snapshots[name] = snapshot
        return snapshot

    async def transport(self, name: str, direction: str) -> str:
        made = await self.media.create_transport(
            self.house.actor(name), self.sockets[name], self.call_id, direction
        )
        return made.transport_id

    async def produce(self, name: str, transport_id: str, track: Track = Track.CAMERA) -> Producer:
        return await self.media.produce(
            self.house.actor(name),
            self.sockets[name],
            self.call_id,
            transport_id,
            track,
            {},
            paused=False,
            label="",
            display_surface=None,
        )

    async def consume(self, name: str, transport_id: str, producer_id: str) -> str:
        made = await self.media.consume(
            self.house.actor(name), self.sockets[name], self.call_id, transport_id, producer_id, {}
        )
        return made.consumer_id

    async def lose(self, name: str) -> None:
        await self.session.socket_lost(self.sockets[name])
        await self.house.services.presence.socket_lost(self.house.actor(name), self.sockets[name])

    async def reload(self, name: str) -> None:
        await self.lose(name)
        self.sockets[name] = await self.house.connect(name)


@pytest.fixture
async def stage(house: House) -> Stage:
    await house.connect("wangxiuying")
    await house.online("liming")
    stage = Stage(house, await house.accept(await house.request()))
    await stage.join("wangxiuying")
    await stage.join("liming")
    return stage


async def test_both_see_each_other_and_the_same_room(stage: Stage) -> None:
    snapshot = await stage.join("liming", 1, "epoch-1")
    assert [entry.participant_id for entry in snapshot.participants] == ["clerk", "specialist"]
    assert snapshot.participants[0].title == "独龙江乡便民服务中心"
    assert (snapshot.participant_id, snapshot.generation, snapshot.epoch) == ("specialist", 1, "epoch-1")


async def test_nobody_else_can_join(stage: Stage) -> None:
    with pytest.raises(ForbiddenError, match="not_in_call"):
        await stage.session.join(stage.house.actor("hezhiqiang"), "x", stage.call_id, None, None)


async def test_a_call_that_is_not_connected_cannot_be_joined(house: House) -> None:
    await house.connect("wangxiuying")
    await house.connect("liming")
    call = await house.request()
    with pytest.raises(StateError, match="bad_state"):
        await house.services.session.join(house.actor("wangxiuying"), "w", call.call_id, None, None)


async def test_same_generation_and_epoch_keeps_the_transports(stage: Stage) -> None:
    transport_id = await stage.transport("wangxiuying", "send")
    await stage.lose("wangxiuying")
    stage.sockets["wangxiuying"] = await stage.house.connect("wangxiuying")
    snapshot = await stage.join("wangxiuying", 1, "epoch-1")
    assert snapshot.generation == 1
    assert transport_id in stage.house.media.transports


async def test_a_reload_closes_the_old_generation_before_the_reply(stage: Stage) -> None:
    transport_id = await stage.transport("wangxiuying", "send")
    camera = await stage.produce("wangxiuying", transport_id)
    await stage.produce("wangxiuying", transport_id, Track.DESKTOP)
    await stage.reload("wangxiuying")
    snapshot = await stage.join("wangxiuying")
    assert snapshot.generation == 2
    assert snapshot.was_sharing
    assert snapshot.producers == ()
    assert transport_id not in stage.house.media.transports
    removed = {event.producer_id for event in stage.house.heard(ProducerRemoved)}
    assert camera.producer_id in removed


async def test_a_second_window_supersedes_the_first(stage: Stage) -> None:
    first = stage.sockets["wangxiuying"]
    stage.sockets["wangxiuying"] = await stage.house.connect("wangxiuying")
    await stage.join("wangxiuying")
    assert [event.socket_id for event in stage.house.heard(Superseded)] == [first]
    with pytest.raises(ForbiddenError, match="superseded"):
        await stage.media.create_transport(stage.house.actor("wangxiuying"), first, stage.call_id, "send")


async def test_the_loss_of_a_socket_makes_the_call_reconnecting_until_it_is_back(stage: Stage) -> None:
    await stage.lose("wangxiuying")
    assert (await stage.house.call(stage.call_id)).state is CallState.RECONNECTING
    stage.sockets["wangxiuying"] = await stage.house.connect("wangxiuying")
    await stage.join("wangxiuying", 1, "epoch-1")
    assert (await stage.house.call(stage.call_id)).state is CallState.CONNECTED


async def test_a_clerk_gone_for_longer_than_the_grace_ends_the_call(stage: Stage) -> None:
    await stage.lose("wangxiuying")
    await stage.house.pass_time(61)
    call = await stage.house.call(stage.call_id)
    assert (call.state, call.end) == (CallState.WRAP_UP, "failed")
    await stage.house.services.routers.settle()
    assert stage.call_id not in stage.house.media.routers


async def test_a_specialist_who_accepts_and_never_arrives_is_noticed(house: House) -> None:
    await house.connect("wangxiuying")
    await house.online("liming", "hezhiqiang")
    call = await house.accept(await house.request())
    await house.services.presence.socket_lost(house.actor("liming"), "liming-1")
    await house.pass_time(70)
    call = await house.call(call.call_id)
    assert (call.state, call.holder) == (CallState.OFFERED, house.actor("hezhiqiang").person)


async def test_without_its_specialist_a_call_goes_on_with_the_next_one(stage: Stage) -> None:
    house = stage.house
    first_router = await stage.transport("wangxiuying", "send")
    await stage.produce("wangxiuying", first_router, Track.DESKTOP)
    await house.services.collaboration.send_chat(house.actor("liming"), stage.call_id, "请把发票放上来")
    before = await house.call(stage.call_id)
    await house.online("hezhiqiang")
    await stage.lose("liming")
    await house.pass_time(70)
    offered = await house.call(stage.call_id)
    assert offered.requested_at == before.requested_at
    assert offered.state is CallState.OFFERED
    await house.services.routers.settle()
    assert house.media.routers == {}, "nothing of the first connection lives on"
    assert (await house.services.presence.of("demo-03")).state is PresenceState.OFFLINE
    with pytest.raises(ForbiddenError, match="not_in_call"):
        await stage.join("liming")

    await house.accept(offered)
    stage.sockets["hezhiqiang"] = "hezhiqiang-1"
    again = await stage.join("wangxiuying", 1, "epoch-1")
    assert (again.generation, again.was_sharing) == (2, True), "new transports, the desktop with one click"
    next_one = await stage.join("hezhiqiang")
    assert [who.participant_id for who in next_one.participants] == ["clerk", "specialist-2"]
    assert [line.text for line in next_one.chat] == ["请把发票放上来"]
    assert next_one.call.state is CallState.CONNECTED
    await stage.produce("hezhiqiang", await stage.transport("hezhiqiang", "send"))
    stored = await house.ports.sessions.participants(stage.call_id)
    names = {who.participant_id: who.name for who in stored}
    assert names == {"clerk": "王秀英", "specialist": "李明", "specialist-2": "和志强"}
    assert house.archive.closed == []
    await house.services.calls.end(house.actor("hezhiqiang"), stage.call_id)
    await house.services.calls.end_wrap_up(house.actor("hezhiqiang"))
    assert house.archive.closed == [stage.call_id], "one recording of the whole call"


async def test_a_specialist_who_comes_back_takes_the_same_seat_again(stage: Stage) -> None:
    house = stage.house
    await stage.lose("liming")
    house.clock.at += 59
    await house.services.life.settle()
    stage.sockets["liming"] = await house.connect("liming")
    house.clock.at += 2
    await house.services.life.settle()
    assert (await house.call(stage.call_id)).state is CallState.WAITING, "back too late for this connection"
    await house.online("liming")
    await house.accept(await house.call(stage.call_id))
    snapshot = await stage.join("liming", 1, "epoch-1")
    assert (snapshot.participant_id, snapshot.generation) == ("specialist", 2)


async def test_with_nobody_else_a_call_waits_for_its_lost_specialist(stage: Stage) -> None:
    house = stage.house
    await stage.lose("liming")
    await house.pass_time(61)
    assert (await house.call(stage.call_id)).state is CallState.WAITING
    await house.pass_time(200)
    assert (await house.call(stage.call_id)).state is CallState.WAITING
    await house.online("liming")
    assert (await house.call(stage.call_id)).state is CallState.OFFERED


async def test_a_call_whose_lost_specialist_stays_away_ends_for_lack_of_staff(stage: Stage) -> None:
    await stage.lose("liming")
    await stage.house.pass_time(61)
    await stage.house.pass_time(301)
    call = await stage.house.call(stage.call_id)
    assert (call.state, call.end) == (CallState.CLOSED, "no_staff")
    assert stage.house.archive.closed == [stage.call_id]


@pytest.mark.parametrize("act", ["pause", "resume", "close"])
async def test_nobody_touches_somebody_elses_producer(stage: Stage, act: str) -> None:
    camera = await stage.produce("wangxiuying", await stage.transport("wangxiuying", "send"))
    method = getattr(stage.media, f"{act}_producer")
    with pytest.raises(NotFoundError, match="producer_not_found"):
        await method(stage.house.actor("liming"), stage.sockets["liming"], stage.call_id, camera.producer_id)
    assert camera.producer_id in stage.house.media.producers


async def test_nobody_uses_somebody_elses_transport(stage: Stage) -> None:
    theirs = await stage.transport("wangxiuying", "send")
    with pytest.raises(NotFoundError, match="transport_not_found"):
        await stage.produce("liming", theirs)
    with pytest.raises(NotFoundError, match="transport_not_found"):
        await stage.media.restart_ice(
            stage.house.actor("liming"), stage.sockets["liming"], stage.call_id, theirs
        )


async def test_nothing_is_sent_on_a_receiving_transport_or_received_on_a_sending_one(stage: Stage) -> None:
    send, recv = await stage.transport("liming", "send"), await stage.transport("liming", "recv")
    with pytest.raises(NotFoundError):
        await stage.produce("liming", recv)
    camera = await stage.produce("wangxiuying", await stage.transport("wangxiuying", "send"))
    with pytest.raises(NotFoundError):
        await stage.consume("liming", send, camera.producer_id)


async def test_nobody_consumes_from_another_call(stage: Stage) -> None:
    recv = await stage.transport("liming", "recv")
    with pytest.raises(NotFoundError, match="producer_not_found"):
        await stage.consume("liming", recv, "a-producer-elsewhere")


async def test_a_stranger_to_the_call_can_do_nothing_with_its_media(stage: Stage) -> None:
    await stage.house.connect("hezhiqiang")
    with pytest.raises(ForbiddenError, match="not_in_call"):
        await stage.media.create_transport(
            stage.house.actor("hezhiqiang"), "hezhiqiang-1", stage.call_id, "send"
        )


async def test_a_specialist_sends_no_document_camera(stage: Stage) -> None:
    with pytest.raises(ForbiddenError, match="track_not_allowed"):
        await stage.produce("liming", await stage.transport("liming", "send"), Track.DOCUMENT_CAMERA)


async def test_a_second_camera_replaces_the_first(stage: Stage) -> None:
    transport_id = await stage.transport("wangxiuying", "send")
    first = await stage.produce("wangxiuying", transport_id)
    second = await stage.produce("wangxiuying", transport_id)
    assert list(stage.house.media.producers) == [second.producer_id]
    assert stage.house.heard(ProducerRemoved)[-1].producer_id == first.producer_id


async def test_transports_are_bounded(stage: Stage) -> None:
    for _ in range(4):
        await stage.transport("liming", "recv")
    with pytest.raises(LimitError):
        await stage.transport("liming", "recv")


async def test_a_refused_transport_is_not_counted(stage: Stage) -> None:
    stage.house.media.routers.clear()
    for _ in range(6):
        with pytest.raises(NotFoundError):
            await stage.transport("liming", "recv")
    stage.house.media.routers[stage.call_id] = None
    await stage.transport("liming", "recv")


async def test_media_events_reach_whom_they_concern(stage: Stage) -> None:
    camera = await stage.produce("wangxiuying", await stage.transport("wangxiuying", "send"))
    recv = await stage.transport("liming", "recv")
    consumer_id = await stage.consume("liming", recv, camera.producer_id)
    data = {"routerId": stage.call_id, "consumerId": consumer_id, "transportId": recv, "reason": "producer"}
    await stage.house.services.media_events.handle(MediaEvent("consumer.closed", data))
    [closed] = stage.house.heard(ConsumerClosed)
    assert (closed.socket_id, closed.producer_id) == (stage.sockets["liming"], camera.producer_id)
    with pytest.raises(NotFoundError):
        await stage.media.close_consumer(
            stage.house.actor("liming"), stage.sockets["liming"], stage.call_id, consumer_id
        )


async def test_events_of_unknown_rooms_are_ignored(stage: Stage) -> None:
    await stage.house.services.media_events.handle(MediaEvent("router.speaker", {"routerId": "x"}))
    await stage.house.services.media_events.handle(
        MediaEvent("transport.state", {"routerId": stage.call_id, "transportId": "x", "state": "failed"})
    )


async def test_a_media_process_that_died_is_rejoined_in_its_new_life(stage: Stage) -> None:
    await stage.transport("wangxiuying", "send")
    stage.house.media.die("epoch-2")
    await stage.house.services.media_events.handle(MediaEvent("media.epoch", {"epoch": "epoch-2"}))
    assert [event.epoch for event in stage.house.heard(MediaRestarted)] == ["epoch-2"]
    snapshot = await stage.join("wangxiuying", 1, "epoch-1")
    assert (snapshot.generation, snapshot.epoch) == (2, "epoch-2")
    assert stage.call_id in stage.house.media.routers


async def test_consent_decides_whether_anything_is_tapped(house: House) -> None:
    await house.connect("wangxiuying")
    await house.online("liming")
    call = await house.accept(await house.request(consent_agreed=False))
    stage = Stage(house, call)
    await stage.join("wangxiuying")
    assert house.media.routers == {call.call_id: None}
    with pytest.raises(StateError, match="not_recording"):
        await house.services.recordings.pause(house.actor("wangxiuying"), call.call_id, "身份证")
    await house.services.calls.end(house.actor("wangxiuying"), call.call_id)
    await house.services.calls.end_wrap_up(house.actor("liming"))
    assert house.archive.closed == []


async def test_pausing_stops_the_writing_before_it_is_told(stage: Stage) -> None:
    assert stage.house.media.routers[stage.call_id] is not None
    recordings = stage.house.services.recordings
    call = await recordings.pause(stage.house.actor("wangxiuying"), stage.call_id, "拍身份证")
    assert (call.recording, call.recording_reason) == (RecordingState.PAUSED, "拍身份证")
    assert stage.house.media.tap_commands[-1][1]["do"] == "pause"
    call = await recordings.resume(stage.house.actor("liming"), stage.call_id)
    assert call.recording is RecordingState.RECORDING
    assert [event.state for event in stage.house.heard(RecordingChanged)][-2:] == ["paused", "recording"]


async def test_recording_that_does_not_grow_is_told(stage: Stage) -> None:
    stalled = {"routerId": stage.call_id, "name": "recording.stalled", "data": {"lane": "clerk"}}
    await stage.house.services.media_events.handle(MediaEvent("tap.event", stalled))
    assert (await stage.house.call(stage.call_id)).recording is RecordingState.FAILED
    recovered = {"routerId": stage.call_id, "name": "recording.recovered", "data": {"lane": "clerk"}}
    await stage.house.services.media_events.handle(MediaEvent("tap.event", recovered))
    assert (await stage.house.call(stage.call_id)).recording is RecordingState.RECORDING


async def tap_event(stage: Stage, name: str, lane: str, track: str = "camera", **data: str) -> RecordingState:
    told = {
        "routerId": stage.call_id,
        "name": f"recording.{name}",
        "data": {"lane": lane, "track": track} | data,
    }
    await stage.house.services.media_events.handle(MediaEvent("tap.event", told))
    return (await stage.house.call(stage.call_id)).recording


async def test_the_alarm_lasts_while_one_of_several_tracks_is_not_written(stage: Stage) -> None:
    assert await tap_event(stage, "stalled", "clerk") is RecordingState.FAILED
    assert await tap_event(stage, "stalled", "clerk", "microphone") is RecordingState.FAILED
    assert await tap_event(stage, "failed", "specialist", reason="ENOSPC") is RecordingState.FAILED
    assert await tap_event(stage, "recovered", "clerk") is RecordingState.FAILED
    assert await tap_event(stage, "recovered", "clerk", "microphone") is RecordingState.FAILED
    assert (await stage.house.call(stage.call_id)).recording_reason == "ENOSPC"
    assert await tap_event(stage, "recovered", "specialist") is RecordingState.RECORDING


async def test_what_stalled_before_a_pause_and_came_back_in_it_is_no_alarm_after_it(stage: Stage) -> None:
    await tap_event(stage, "stalled", "clerk")
    recordings, clerk = stage.house.services.recordings, stage.house.actor("wangxiuying")
    await recordings.pause(clerk, stage.call_id, "拍身份证")
    assert await tap_event(stage, "recovered", "clerk") is RecordingState.PAUSED
    await recordings.resume(clerk, stage.call_id)
    assert await tap_event(stage, "stalled", "specialist") is RecordingState.FAILED
    assert await tap_event(stage, "recovered", "specialist") is RecordingState.RECORDING


async def test_a_failed_recording_goes_on_in_the_next_life_of_the_media_process(stage: Stage) -> None:
    stalled = {"routerId": stage.call_id, "name": "recording.stalled", "data": {"lane": "clerk"}}
    await stage.house.services.media_events.handle(MediaEvent("tap.event", stalled))
    stage.house.media.die("epoch-2")
    await stage.house.services.media_events.handle(MediaEvent("media.epoch", {"epoch": "epoch-2"}))
    await stage.join("wangxiuying", 1, "epoch-1")
    assert (await stage.house.call(stage.call_id)).recording is RecordingState.RECORDING


async def test_a_recording_with_a_stalled_track_can_still_be_paused(stage: Stage) -> None:
    stalled = {"routerId": stage.call_id, "name": "recording.stalled", "data": {"lane": "specialist"}}
    await stage.house.services.media_events.handle(MediaEvent("tap.event", stalled))
    recordings = stage.house.services.recordings
    call = await recordings.pause(stage.house.actor("wangxiuying"), stage.call_id, "拍身份证")
    assert call.recording is RecordingState.PAUSED
    assert stage.house.media.tap_commands[-1][1]["do"] == "pause"


async def test_chat_and_cards_are_in_the_snapshot_after_a_reload(stage: Stage) -> None:
    work = stage.house.services.collaboration
    await work.send_chat(stage.house.actor("wangxiuying"), stage.call_id, "发票在这里")
    card = await work.push_card(
        stage.house.actor("liming"), stage.call_id, CardKind.GUIDE, item_code=None, title="", body=""
    )
    assert card.title == "医疗费用手工（零星）报销"
    assert card.materials
    await stage.reload("wangxiuying")
    snapshot = await stage.join("wangxiuying")
    assert [chat.text for chat in snapshot.chat] == ["发票在这里"]
    assert snapshot.cards == (card,)


async def test_a_stranger_cannot_chat(stage: Stage) -> None:
    with pytest.raises(ForbiddenError):
        await stage.house.services.collaboration.send_chat(
            stage.house.actor("hezhiqiang"), stage.call_id, "?"
        )
    assert stage.house.heard(ChatAdded) == []


async def take(stage: Stage, **changes: Any) -> Any:
    given: dict[str, Any] = {
        "track": Track.DOCUMENT_CAMERA,
        "width": 4000,
        "height": 3000,
        "sha256": hashlib.sha256(JPEG).hexdigest(),
        "media_type": "image/jpeg",
        "data": JPEG,
    }
    return await stage.house.services.collaboration.take_still(
        stage.house.actor("wangxiuying"), stage.call_id, **(given | changes)
    )


async def test_a_still_is_kept_with_time_and_digest(stage: Stage) -> None:
    still = await take(stage)
    found, data = await stage.house.services.collaboration.still_bytes(still.still_id)
    assert (found, data) == (still, JPEG)
    assert still.taken_at == stage.house.clock.now()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"sha256": "0" * 64}, "still_damaged"),
        ({"media_type": "image/png"}, "still_not_a_picture"),
        ({"media_type": "text/html"}, "still_not_a_picture"),
        ({"data": b"<html>"}, "still_not_a_picture"),
        ({"data": JPEG + bytes(12 * 1024 * 1024)}, "still_too_large"),
    ],
)
async def test_a_still_that_is_none_is_refused(stage: Stage, changes: dict[str, Any], code: str) -> None:
    with pytest.raises(DomainError, match=code):
        await take(stage, **changes)


async def draw(stage: Stage, name: str, producer_id: str, stroke_id: str = "t", done: bool = False) -> None:
    await stage.house.services.collaboration.draw(
        stage.house.actor(name),
        stage.call_id,
        stroke_id=stroke_id,
        producer_id=producer_id,
        color="#ff0000",
        width=0.01,
        points=((0.1, 0.1), (0.2, 0.2)),
        done=done,
    )


async def test_strokes_are_appended_stored_and_wiped(stage: Stage) -> None:
    desktop = await stage.produce("wangxiuying", await stage.transport("wangxiuying", "send"), Track.DESKTOP)
    await draw(stage, "liming", desktop.producer_id)
    await draw(stage, "liming", desktop.producer_id, done=True)
    [stroke] = await stage.house.ports.sessions.strokes(stage.call_id)
    assert (len(stroke.points), stroke.done) == (4, True)
    with pytest.raises(DomainError, match="stroke_of_somebody_else"):
        await draw(stage, "wangxiuying", desktop.producer_id)
    await stage.house.services.collaboration.clear(
        stage.house.actor("liming"), stage.call_id, desktop.producer_id
    )
    assert await stage.house.ports.sessions.strokes(stage.call_id) == []


async def test_twenty_strokes_a_second_and_no_more(stage: Stage) -> None:
    desktop = await stage.produce("wangxiuying", await stage.transport("wangxiuying", "send"), Track.DESKTOP)
    for _ in range(20):
        await draw(stage, "liming", desktop.producer_id)
    with pytest.raises(LimitError, match="too_fast"):
        await draw(stage, "liming", desktop.producer_id)
    stage.house.clock.at += 1.0
    await draw(stage, "liming", desktop.producer_id)


async def test_drawing_needs_a_picture_of_the_call(stage: Stage) -> None:
    with pytest.raises(NotFoundError):
        await draw(stage, "liming", "elsewhere")
