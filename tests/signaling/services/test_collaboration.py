"""Chat, cards, stills and strokes of a call."""

import hashlib
from typing import Any

import pytest

from signaling.domain.collaboration import CardKind, Chat
from signaling.domain.errors import DomainError, ForbiddenError, LimitError, NotFoundError
from signaling.domain.events import (
    ChatAdded,
)
from signaling.domain.record import RecordKind
from signaling.domain.session import Track
from tests.signaling.services.fakes import VIEWER
from tests.signaling.services.stage import Stage

JPEG = b"\xff\xd8\xff" + b"picture" * 10


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
    lines = snapshot.record[RecordKind.CHAT].entries
    assert [line.text for line in lines if isinstance(line, Chat)] == ["发票在这里"]
    assert snapshot.record[RecordKind.CARDS].entries == (card,)


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
    [wiped] = await stage.house.ports.sessions.strokes(stage.call_id)
    assert wiped.gone_at == stage.house.clock.now()
    assert not (await stage.join("liming")).record[RecordKind.STROKES].entries


async def test_a_stroke_is_kept_for_the_replay_with_whose_picture_it_was_over_and_how_long(
    stage: Stage,
) -> None:
    desktop = await stage.produce("wangxiuying", await stage.transport("wangxiuying", "send"), Track.DESKTOP)
    began = stage.house.clock.now()
    await draw(stage, "liming", desktop.producer_id)
    stage.house.clock.at += 2.5
    await draw(stage, "liming", desktop.producer_id, done=True)
    stage.house.clock.at += 4
    await stage.media.close_producer(
        stage.house.actor("wangxiuying"), stage.sockets["wangxiuying"], stage.call_id, desktop.producer_id
    )
    await finish(stage)
    replay = await stage.house.services.recordings.replay(
        stage.house.actor("zhouping"), stage.call_id, VIEWER
    )
    [stroke] = replay.strokes
    assert (stroke.over, stroke.track, stroke.participant_id) == ("clerk", Track.DESKTOP, "specialist")
    assert (stroke.drawn_at, stroke.done_at) == (began, began + 2.5)
    assert stroke.gone_at == began + 6.5, "it went with its picture"


async def finish(stage: Stage) -> None:
    """End the call, as its people do."""
    await stage.house.services.calls.end(stage.house.actor("wangxiuying"), stage.call_id)
    await stage.house.services.calls.end_wrap_up(stage.house.actor("liming"))


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
