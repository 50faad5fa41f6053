"""Acts on the database and on the media process or the storage: both, or none of them, or later."""

import pytest

from signaling.domain.errors import BusyError
from signaling.domain.events import ProducerChanged, StillAdded
from signaling.domain.session import Track
from tests.signaling.services.stage import Stage
from tests.signaling.services.test_collaboration import take


async def unreachable(*_: object) -> None:
    raise BusyError("media_unreachable")


async def away(*_: object, **__: object) -> None:
    raise OSError("database is locked")


async def test_a_track_that_is_not_logged_is_not_sent(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    transport_id = await stage.transport("wangxiuying", "send")
    with monkeypatch.context() as broken:
        broken.setattr(stage.house.ports.calls, "append", away)
        with pytest.raises(OSError, match="locked"):
            await stage.produce("wangxiuying", transport_id)
    assert stage.house.media.producers == {}
    assert stage.house.heard(ProducerChanged) == []
    await stage.produce("wangxiuying", transport_id)
    assert len(stage.house.media.producers) == 1


async def test_a_desktop_whose_sharing_is_not_noted_is_not_sent(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    transport_id = await stage.transport("wangxiuying", "send")
    monkeypatch.setattr(stage.house.ports.sessions, "save_participant", away)
    with pytest.raises(OSError, match="locked"):
        await stage.produce("wangxiuying", transport_id, Track.DESKTOP)
    assert stage.house.media.producers == {}


@pytest.mark.parametrize("what", ["producer", "consumer", "transport"])
async def test_what_was_given_up_is_closed_when_the_media_process_answers_again(
    stage: Stage, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    house, media = stage.house, stage.house.ports.media
    camera = await stage.produce("wangxiuying", await stage.transport("wangxiuying", "send"))
    consumer_id = await stage.consume("liming", await stage.transport("liming", "recv"), camera.producer_id)
    table = getattr(house.media, f"{what}s")
    before = len(table)
    with monkeypatch.context() as broken:
        broken.setattr(media, f"close_{what}", unreachable)
        clerk, specialist = house.actor("wangxiuying"), house.actor("liming")
        match what:
            case "producer":
                await stage.media.close_producer(clerk, "wangxiuying-1", stage.call_id, camera.producer_id)
            case "consumer":
                await stage.media.close_consumer(specialist, "liming-1", stage.call_id, consumer_id)
            case "transport":
                await stage.reload("wangxiuying")
                await stage.join("wangxiuying")
        await house.services.unfinished.settle()
        assert len(table) == before
    await house.services.unfinished.settle()
    assert len(table) == before - 1


async def test_a_track_whose_end_is_not_logged_ends_and_is_logged_later(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = stage.house
    camera = await stage.produce("wangxiuying", await stage.transport("wangxiuying", "send"))
    with monkeypatch.context() as broken:
        broken.setattr(house.ports.calls, "append", away)
        await stage.media.close_producer(
            house.actor("wangxiuying"), "wangxiuying-1", stage.call_id, camera.producer_id
        )
    assert house.media.producers == {}
    await house.services.unfinished.settle()
    assert (await house.ports.calls.events(stage.call_id))[-1].kind == "track.ended"


async def test_a_still_that_is_not_noted_leaves_no_bytes(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    house, kept = stage.house, set[str]()
    put, delete = house.ports.pictures.put, house.ports.pictures.delete

    async def note_put(key: str, data: bytes) -> object:
        kept.add(key)
        return await put(key, data)

    async def note_delete(key: str) -> None:
        kept.discard(key)
        await delete(key)

    monkeypatch.setattr(house.ports.pictures, "put", note_put)
    monkeypatch.setattr(house.ports.pictures, "delete", note_delete)
    with monkeypatch.context() as broken:
        broken.setattr(house.ports.sessions, "add_still", away)
        with pytest.raises(OSError, match="locked"):
            await take(stage)
    assert (kept, house.heard(StillAdded)) == (set(), [])
    still = await take(stage)
    assert kept == {still.key}


async def test_a_still_sent_again_is_the_one_that_is_there(stage: Stage) -> None:
    assert await take(stage) == await take(stage)
    assert len(await stage.house.services.collaboration.stills(stage.call_id)) == 1


async def test_a_mux_that_is_not_enqueued_is_enqueued_later(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = stage.house
    with monkeypatch.context() as broken:
        broken.setattr(house.archive, "close_call", away)
        await house.services.calls.end(house.actor("wangxiuying"), stage.call_id)
        await house.services.calls.end_wrap_up(house.actor("liming"))
    assert house.archive.closed == []
    await house.services.unfinished.settle()
    assert house.archive.closed == [stage.call_id]
