"""What is made while recording is paused: the people of the call see it, then it is deleted."""

import json
from pathlib import Path

import pytest

from signaling.domain.collaboration import CardKind, Still
from signaling.domain.errors import NotFoundError
from signaling.domain.record import RecordKind
from signaling.domain.session import Track
from tests.signaling.services.fakes import VIEWER
from tests.signaling.services.stage import Stage
from tests.signaling.services.test_collaboration import take

SECRET = "身份证号 533324199001011234"


async def make_everything(stage: Stage) -> None:
    """Chat, push a card, take a still and draw, all in the same words."""
    work, clerk, specialist = (
        stage.house.services.collaboration,
        stage.house.actor("wangxiuying"),
        stage.house.actor("liming"),
    )
    await work.send_chat(clerk, stage.call_id, SECRET)
    await work.push_card(specialist, stage.call_id, CardKind.TEXT, item_code=None, title=SECRET, body=SECRET)
    await take(stage)
    camera = await stage.produce("wangxiuying", await stage.transport("wangxiuying", "send"))
    await work.draw(
        clerk,
        stage.call_id,
        stroke_id="stroke-1",
        producer_id=camera.producer_id,
        color="red",
        width=0.01,
        points=((0.1, 0.1),),
        done=True,
    )


async def paused(stage: Stage) -> None:
    await stage.house.services.recordings.pause(stage.house.actor("wangxiuying"), stage.call_id, "拍身份证")


async def finish(stage: Stage) -> None:
    house = stage.house
    await house.services.calls.end(house.actor("wangxiuying"), stage.call_id)
    await house.services.calls.end_wrap_up(house.actor("liming"))


def pictures(folder: Path) -> list[Path]:
    return [path for path in (folder / "storage").rglob("*") if path.is_file()]


async def test_nothing_made_in_a_pause_outlives_the_call(stage: Stage, tmp_path: Path) -> None:
    await paused(stage)
    await make_everything(stage)
    snapshot = await stage.join("liming")
    made = [entry for kind in RecordKind for entry in snapshot.record[kind].entries]
    [still] = [entry for entry in made if isinstance(entry, Still)]
    assert [one.off_record for one in made] == [True] * 4, "the people of the call have it"
    await stage.house.services.recordings.resume(stage.house.actor("wangxiuying"), stage.call_id)
    await finish(stage)
    store = stage.house.ports.sessions
    assert [await store.chats(stage.call_id), await store.cards(stage.call_id)] == [[], []]
    assert [await store.stills(stage.call_id), await store.strokes(stage.call_id)] == [[], []]
    assert pictures(tmp_path) == []
    with pytest.raises(NotFoundError):
        await stage.house.services.collaboration.still_bytes(still.still_id)
    log = [event.data for event in await stage.house.ports.calls.events(stage.call_id)]
    assert SECRET not in json.dumps(log, ensure_ascii=False)
    assert still.sha256 not in json.dumps(log)


async def test_reviewers_see_only_what_is_of_record(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    house, work, clerk = stage.house, stage.house.services.collaboration, stage.house.actor("wangxiuying")
    await work.send_chat(clerk, stage.call_id, "before")
    await paused(stage)
    await make_everything(stage)
    await house.services.recordings.resume(clerk, stage.call_id)
    await work.send_chat(clerk, stage.call_id, "after")

    async def away(*_: object) -> None:
        raise OSError("database is locked")

    with monkeypatch.context() as broken:
        broken.setattr(house.ports.sessions, "forget_off_record", away)
        await finish(stage)
        replay = await house.services.recordings.replay(house.actor("zhouping"), stage.call_id, VIEWER)
        assert ([chat.text for chat in replay.chat], replay.stills) == (["before", "after"], ())
    await house.services.unfinished.settle()
    assert [chat.text for chat in await house.ports.sessions.chats(stage.call_id)] == ["before", "after"]


async def test_a_still_taken_in_a_pause_that_arrives_after_it_is_off_the_record(stage: Stage) -> None:
    assert (await take(stage, off_record=True)).off_record
    assert not (await take(stage, track=Track.CAMERA)).off_record


async def test_a_stroke_begun_in_a_pause_stays_off_the_record(stage: Stage) -> None:
    work, clerk = stage.house.services.collaboration, stage.house.actor("wangxiuying")
    camera = await stage.produce("wangxiuying", await stage.transport("wangxiuying", "send"))

    async def draw(*, done: bool) -> None:
        await work.draw(
            clerk,
            stage.call_id,
            stroke_id="stroke-1",
            producer_id=camera.producer_id,
            color="red",
            width=0.01,
            points=((0.1, 0.1),),
            done=done,
        )

    await paused(stage)
    await draw(done=False)
    await stage.house.services.recordings.resume(clerk, stage.call_id)
    await draw(done=True)
    [stroke] = await stage.house.ports.sessions.strokes(stage.call_id)
    assert stroke.off_record


async def test_what_a_killed_process_left_is_deleted_at_the_next_start(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await paused(stage)
    await make_everything(stage)

    async def away(*_: object) -> None:
        raise OSError("killed before it could")

    with monkeypatch.context() as broken:
        broken.setattr(stage.house.ports.sessions, "off_record_keys", away)
        await finish(stage)
    assert len(pictures(tmp_path)) == 1
    await stage.house.services.collaboration.recover()
    assert pictures(tmp_path) == []
    assert await stage.house.ports.sessions.calls_off_record() == []
