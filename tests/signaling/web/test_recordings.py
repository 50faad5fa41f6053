"""Replays and recorded files: who may see them, by which addresses, in which parts."""

import json
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientError

from recording.errors import MissingError
from recording.mux import IndexedGap, LaneSegment, RecordingIndex, Rotation, Thumbnail
from recording.storage.local import LocalStorage
from signaling.adapters.sql.database import open_database
from signaling.adapters.sql.recordings import SqlJobQueue, SqlRecordingCatalogue
from tests.signaling.web.house import House, Json, Person, open_house
from tests.signaling.web.test_audit import auditor
from tests.signaling.web.test_story import available, connected, request_body
from tests.support import databases

FILM = bytes(range(256)) * 40


async def recorded(house: House, folder: Path) -> tuple[Person, Json]:
    """Return a reviewer and the replay of a call with one recorded lane."""
    clerk, specialist, call = await connected(house)
    call_id = call["call_id"]
    await clerk.do("call.end", call_id=call_id)
    await specialist.do("call.result", call_id=call_id, kind="answered", item_codes=["YB-003"])
    files = folder / "recordings" / call_id
    files.mkdir(parents=True)
    (files / "clerk.0001.webm").write_bytes(FILM)
    (files / "clerk.0001.json").write_text(json.dumps({"stepMs": 100, "values": [0, -30, -60, -100]}))
    (files / "clerk.0001.jpg").write_bytes(b"\xff\xd8\xff")
    key = f"{call_id}/clerk.0001"
    segment = LaneSegment(
        lane="clerk",
        participant="clerk",
        kind="person",
        segment=1,
        key=f"{key}.webm",
        start_ms=1_000_000,
        duration_ms=5000,
        mime='video/webm; codecs="vp8,opus"',
        size=len(FILM),
        digest="ab" * 32,
        width=640,
        height=360,
        has_audio=True,
        has_video=True,
        thumbnails=(Thumbnail(1_002_000, f"{key}.jpg"),),
        rotations=(Rotation(1_001_500, 90),),
        loudness=f"{key}.json",
    )
    gaps = (
        IndexedGap("clerk", "clerk", "person", "microphone", 1_000_000, 4000, "muted"),
        IndexedGap("clerk", "clerk", "person", "camera", 1_001_000, 500, "身份证"),
    )
    await _index(folder, RecordingIndex(call_id, "international", (segment,), gaps))
    reviewer = await house.demo("reviewer", connect=False)
    return reviewer, await reviewer.ask("GET", f"/api/recordings/{call_id}")


async def test_the_sound_of_an_hour_is_few_values(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        reviewer, replay = await recorded(house, tmp_path)
        (curve,) = (tmp_path / "recordings").glob("*/clerk.0001.json")
        curve.write_text(json.dumps({"stepMs": 100, "values": [-100] * 35_970 + [0] * 30}))
        replay = await reviewer.ask("GET", f"/api/recordings/{replay['row']['call_id']}")
        values = replay["lanes"][0]["segments"][0]["loudness"]
        assert values == [0.0] * 599 + [0.5]


async def test_the_list_is_searched_by_what_a_reviewer_knows(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        reviewer, _ = await recorded(house, tmp_path)

        async def found(text: str) -> list[str]:
            answer = await reviewer.ask("GET", "/api/recordings", params={"query": text})
            return [row["number"] for row in answer["rows"]]

        [number] = await found("")
        assert await found(f" {number} ") == await found("李明") == await found("独龙江") == [number]
        assert await found("state") == await found("%") == []


async def _index(folder: Path, index: RecordingIndex) -> None:
    database = open_database(await databases.database_for(folder, databases.migrated))
    try:
        await SqlRecordingCatalogue(database).save(index.call_id, "host", index.to_json())
        jobs = SqlJobQueue(database)
        await jobs.found("host", [index.call_id], 0.0)
        await jobs.announce(index.call_id, 0.0)
        job = await jobs.claim("worker", "host", 0.0, 60.0)
        assert job is not None
        assert await jobs.finish(job)
    finally:
        await database.close()


async def test_a_replay_plays_its_lanes(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        reviewer, replay = await recorded(house, tmp_path)
        (lane,) = replay["lanes"]
        assert (lane["participant_id"], lane["part"], lane["track"]) == ("clerk", "clerk", "camera")
        (segment,) = lane["segments"]
        assert segment["loudness"] == [1.0, 0.5, 0.0, 0.0]
        assert segment["sha256"] == "ab" * 32
        player = await house.somebody(beside=reviewer)  # a <video> sends no token, but the cookie
        assert await player.ask("GET", segment["url"]) == FILM
        (thumbnail,) = segment["thumbnails"]
        assert thumbnail["offset_ms"] == 2000
        assert await player.ask("GET", thumbnail["url"]) == b"\xff\xd8\xff"
        assert segment["rotations"] == [{"offset_ms": 1500, "degrees": 90}]
        assert [(gap["track"], gap["cause"], gap["reason"]) for gap in lane["gaps"]] == [
            ("microphone", "muted", "muted"),
            ("camera", "paused", "身份证"),
        ]
        assert replay["duration_ms"] == 5000
        assert reviewer.staff_id in segment["url"]


async def test_an_open_replay_is_renewed_with_addresses_alone_and_is_no_new_look(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        reviewer, replay = await recorded(house, tmp_path)
        looks = await _looks(house)
        fresh = await reviewer.ask("GET", f"/api/recordings/{replay['row']['call_id']}/addresses")
        assert fresh["expire_at"] >= replay["urls_expire_at"]
        assert len(json.dumps(fresh)) < 1000
        [segment] = replay["lanes"][0]["segments"]
        for url, content in ((segment["url"], FILM), (segment["thumbnails"][0]["url"], b"\xff\xd8\xff")):
            path = url.partition("?")[0]
            assert await reviewer.ask("GET", f"{path}?{fresh['query']}") == content
        assert await _looks(house) == looks == 1


async def test_the_course_of_a_call_that_nobody_answered_is_told(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        clerk, specialist = await house.demo("clerk"), await available(house)
        call = await clerk.do("call.request", **request_body())
        offer = (await specialist.expect("offer.made"))["offer"]
        await specialist.do("offer.reject", call_id=call["call_id"], offer_id=offer["offer_id"], reason="")
        await clerk.do("call.cancel", call_id=call["call_id"])
        reviewer = await house.demo("reviewer", connect=False)
        replay = await reviewer.ask("GET", f"/api/recordings/{call['call_id']}")
        told = [(event["kind"], event["offered_to"]) for event in replay["events"]]
        assert ("offer.made", specialist.session["staff"]["name"]) in told
        assert {"call.requested", "offer.rejected", "call.cancelled"} <= {kind for kind, _ in told}
        assert (replay["row"]["recording"], replay["lanes"]) == ("none", [])


async def _looks(house: House) -> int:
    reader = await auditor(house)
    return len((await reader.ask("GET", "/api/audit?act=recording.viewed"))["rows"])


async def test_parts_of_a_file(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        reviewer, replay = await recorded(house, tmp_path)
        url = house.url(replay["lanes"][0]["segments"][0]["url"])

        async def part(wanted: str) -> tuple[int, bytes, dict[str, Any]]:
            async with reviewer.http.get(url, headers={"Range": wanted}) as answer:
                return answer.status, await answer.read(), dict(answer.headers)

        status, body, headers = await part("bytes=100-199")
        assert (status, body) == (206, FILM[100:200])
        assert headers["Content-Range"] == f"bytes 100-199/{len(FILM)}"
        assert headers["Accept-Ranges"] == "bytes"
        assert (await part("bytes=-10"))[1] == FILM[-10:]
        status, _, headers = await part(f"bytes={len(FILM)}-")
        assert (status, headers["Content-Range"]) == (416, f"bytes */{len(FILM)}")


async def test_what_the_browser_has_is_not_sent_again_and_never_mixed(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        reviewer, replay = await recorded(house, tmp_path)
        url = house.url(replay["lanes"][0]["segments"][0]["url"])

        async def get(**headers: str) -> tuple[int, bytes, str]:
            given = {name.replace("_", "-"): value for name, value in headers.items()}
            async with reviewer.http.get(url, headers=given) as answer:
                assert answer.headers["Cache-Control"].startswith("private")
                return answer.status, await answer.read(), answer.headers["ETag"]

        status, _, tag = await get()
        assert status == 200
        assert await get(If_None_Match=tag) == (304, b"", tag)
        assert await get(Range="bytes=0-9", If_Range=tag) == (206, FILM[:10], tag)
        assert await get(Range="bytes=0-9", If_Range='"another"') == (200, FILM, tag)


async def test_addresses_of_others_and_of_other_times_are_refused(tmp_path: Path) -> None:
    async with open_house(tmp_path, media_address_s=0.001) as house:
        reviewer, replay = await recorded(house, tmp_path)
        url = replay["lanes"][0]["segments"][0]["url"]
        assert (await reviewer.ask("GET", url, status=403))["error"]["code"] == "media_expired"
        forged = url.replace(reviewer.staff_id, "demo-01")
        assert (await reviewer.ask("GET", forged, status=403))["error"]["code"] == "media_forbidden"
        other = url.replace(replay["row"]["call_id"], "another-call")
        assert (await reviewer.ask("GET", other, status=403))["error"]["code"] == "media_forbidden"


async def test_a_file_that_fails_while_it_is_sent_cuts_the_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def torn(storage: LocalStorage, key: str, start: int, length: int) -> AsyncGenerator[bytes, None]:
        yield FILM[:100]
        raise MissingError("gone")

    async with open_house(tmp_path) as house:
        reviewer, replay = await recorded(house, tmp_path)
        monkeypatch.setattr(LocalStorage, "read", torn)
        url = house.url(replay["lanes"][0]["segments"][0]["url"])
        async with reviewer.http.get(url) as answer:
            with pytest.raises(ClientError):  # and not an error message in the middle of the film
                await answer.read()
