"""The media of a call: nobody touches what is not theirs."""

from typing import Any

import pytest

from rtc_server import owner_events
from signaling.domain.errors import ForbiddenError, LimitError, NotFoundError
from signaling.domain.events import (
    ConsumerClosed,
    ConsumerLayerChanged,
    ParticipantChanged,
    ProducerChanged,
    ProducerLayersWanted,
    ProducerRemoved,
    QualityChanged,
)
from signaling.domain.ladder import TOP, LadderReason, LadderStep, Rung
from signaling.domain.session import LayerLimit, Quality, Track
from tests.signaling.services.stage import Stage


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
    told = owner_events.ConsumerClosed(
        stage.call_id, recv, consumer_id, camera.producer_id, "producer_closed"
    )
    await stage.house.services.media_events.handle(told)
    [closed] = stage.house.heard(ConsumerClosed)
    assert (closed.socket_id, closed.producer_id) == (stage.sockets["liming"], camera.producer_id)
    with pytest.raises(NotFoundError):
        await stage.media.close_consumer(
            stage.house.actor("liming"), stage.sockets["liming"], stage.call_id, consumer_id
        )


async def test_events_of_unknown_rooms_are_ignored(stage: Stage) -> None:
    await stage.house.services.media_events.handle(owner_events.SpeakerChanged("x", None))
    await stage.house.services.media_events.handle(
        owner_events.TransportStateChanged(stage.call_id, "x", owner_events.TransportState.FAILED)
    )


async def test_a_track_of_a_seat_that_was_taken_over_meanwhile_is_announced_to_nobody(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    send, media = await stage.transport("wangxiuying", "send"), stage.house.ports.media
    produce = media.produce

    async def reload_first(*given: Any, **named: Any) -> Any:
        made = await produce(*given, **named)
        monkeypatch.undo()
        await stage.join("wangxiuying")
        return made

    monkeypatch.setattr(media, "produce", reload_first)
    with pytest.raises(NotFoundError, match="transport_not_found"):
        await stage.produce("wangxiuying", send)
    assert stage.house.heard(ProducerChanged) == []


async def test_a_track_that_ended_while_it_was_paused_does_not_come_back(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    camera = await stage.produce("wangxiuying", await stage.transport("wangxiuying", "send"))
    socket, media = stage.sockets["wangxiuying"], stage.house.ports.media
    pause = media.pause_producer

    async def reload_first(producer_id: str) -> None:
        await pause(producer_id)
        monkeypatch.undo()
        await stage.join("wangxiuying")

    monkeypatch.setattr(media, "pause_producer", reload_first)
    actor = stage.house.actor("wangxiuying")
    with pytest.raises(NotFoundError, match="producer_not_found"):
        await stage.media.pause_producer(actor, socket, stage.call_id, camera.producer_id)
    assert (await stage.join("liming")).producers == ()


async def test_each_direction_of_a_line_is_told_apart_and_forgotten_with_its_transports(stage: Stage) -> None:
    """What somebody receives badly said nothing of what they send, and each overwrote the other."""
    send, recv = await stage.transport("liming", "send"), await stage.transport("liming", "recv")

    async def line(transport_id: str, level: owner_events.QualityLevel) -> QualityChanged:
        event = owner_events.TransportQualityChanged(stage.call_id, transport_id, level, 0.0, 0.0, None)
        await stage.house.services.media_events.handle(event)
        return stage.house.heard(QualityChanged)[-1]

    told = await line(recv, owner_events.QualityLevel.BAD)
    assert (told.uplink, told.downlink) == (None, Quality.BAD)
    told = await line(send, owner_events.QualityLevel.WEAK)
    assert (told.uplink, told.downlink) == (Quality.WEAK, Quality.BAD)
    told = await line(recv, owner_events.QualityLevel.GOOD)
    assert (told.uplink, told.downlink) == (Quality.WEAK, Quality.GOOD)
    await stage.reload("liming")
    [me] = [one for one in (await stage.join("liming")).participants if one.name == "李明"]
    assert (me.uplink, me.downlink) == (None, None)


async def test_a_track_asked_for_again_leaves_no_first_consumer_behind(stage: Stage) -> None:
    """Its answer was lost: the first one stayed, paused, until the track ended."""
    camera = await stage.produce("liming", await stage.transport("liming", "send"))
    receive = await stage.transport("wangxiuying", "recv")
    first = await stage.consume("wangxiuying", receive, camera.producer_id)
    second = await stage.consume("wangxiuying", receive, camera.producer_id)
    assert first != second
    assert list(stage.house.media.consumers) == [second]


async def test_a_track_without_sound_of_its_device_is_told_apart_from_one_its_owner_mutes(
    stage: Stage,
) -> None:
    camera = await stage.produce("wangxiuying", await stage.transport("wangxiuying", "send"))
    seat = stage.house.actor("wangxiuying"), stage.sockets["wangxiuying"], stage.call_id, camera.producer_id
    await stage.media.pause_producer(*seat, silenced=True)
    await stage.media.pause_producer(*seat)
    await stage.media.pause_producer(*seat, silenced=True)
    await stage.media.resume_producer(*seat)
    told = [(one.producer.paused, one.producer.silenced) for one in stage.house.heard(ProducerChanged)[-4:]]
    assert told == [(True, True), (True, False), (True, True), (False, False)]


async def test_what_a_page_shows_and_what_the_line_carries_is_said_to_whom_it_concerns(stage: Stage) -> None:
    camera = await stage.produce("liming", await stage.transport("liming", "send"))
    receive = await stage.transport("wangxiuying", "recv")
    consumer = await stage.consume("wangxiuying", receive, camera.producer_id)
    seat = stage.house.actor("wangxiuying"), stage.sockets["wangxiuying"], stage.call_id
    await stage.media.view_consumer(*seat, consumer, height=180)
    asked = [params for method, params in stage.house.media.requests if method.startswith("consumer.")]
    assert (asked[0]["importance"], asked[1]["height"]) == ("camera", 180)
    with pytest.raises(NotFoundError, match="consumer_not_found"):
        await stage.media.view_consumer(*seat, "another", height=180)
    events = stage.house.services.media_events
    limit = owner_events.LayerLimit.LINE
    await events.handle(owner_events.ConsumerLayerChanged(stage.call_id, receive, consumer, None, 3, limit))
    await events.handle(owner_events.ProducerLayersWanted(stage.call_id, camera.producer_id, 1))
    for gone in (
        owner_events.ConsumerLayerChanged(stage.call_id, receive, "another", 0, 3, limit),
        owner_events.ProducerLayersWanted(stage.call_id, "another", 1),
    ):
        await events.handle(gone)
    assert stage.house.heard(ConsumerLayerChanged) == [
        ConsumerLayerChanged(stage.call_id, stage.sockets["wangxiuying"], consumer, None, 3, LayerLimit.LINE)
    ]
    assert stage.house.heard(ProducerLayersWanted) == [
        ProducerLayersWanted(stage.call_id, stage.sockets["liming"], camera.producer_id, 1)
    ]


async def test_what_is_left_of_somebodys_media_is_told_once_and_seen_by_who_comes_later(stage: Stage) -> None:
    house, name = stage.house, "wangxiuying"
    saver, held = Rung(LadderStep.SAVER, LadderReason.LOSS), Rung(LadderStep.VOICE, LadderReason.PINNED)
    seat = house.actor(name), stage.sockets[name], stage.call_id
    await stage.transport(name, "send")
    before = len(house.heard(ParticipantChanged))
    await stage.media.tell_ladder(*seat, saver, held)
    await stage.media.tell_ladder(*seat, saver, held)
    (told,) = house.heard(ParticipantChanged)[before:]
    assert (told.participant.sending, told.participant.receiving) == (saver, held)
    snapshot = await stage.join("liming")
    seen = {one.participant_id: (one.sending, one.receiving) for one in snapshot.participants}
    assert seen == {told.participant.participant_id: (saver, held), snapshot.participant_id: (TOP, TOP)}


async def test_a_new_page_has_its_whole_media_until_it_tells_otherwise(stage: Stage) -> None:
    name = "wangxiuying"
    voice = Rung(LadderStep.VOICE, LadderReason.DELAY)
    seat = stage.house.actor(name), stage.sockets[name], stage.call_id
    await stage.media.tell_ladder(*seat, voice, TOP)
    await stage.reload(name)
    snapshot = await stage.join(name)
    me = next(one for one in snapshot.participants if one.participant_id == snapshot.participant_id)
    assert (me.sending, me.receiving) == (TOP, TOP)


async def test_nobody_tells_of_a_seat_that_is_not_theirs(stage: Stage) -> None:
    house = stage.house
    await house.connect("hezhiqiang")
    with pytest.raises(ForbiddenError, match="not_in_call"):
        await stage.media.tell_ladder(house.actor("hezhiqiang"), "hezhiqiang-1", stage.call_id, TOP, TOP)
    with pytest.raises(ForbiddenError, match="superseded"):
        await stage.media.tell_ladder(house.actor("liming"), "an older window", stage.call_id, TOP, TOP)
