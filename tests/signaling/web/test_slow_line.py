"""Joining a session in which much was said and drawn, over 1 Mbit/s: a real server, a real proxy."""

import asyncio
from functools import partial
from pathlib import Path
from typing import Any

from signaling.domain.collaboration import Card, CardKind, Chat, Still, Stroke
from signaling.domain.log_kinds import LogKind
from signaling.domain.session import Track
from signaling.domain.steps.step import Logged
from signaling.services.calls import LOG_PAGE
from signaling.services.stores import SessionStore
from tests.signaling.web.house import House, Json, Person, open_house
from tests.signaling.web.test_story import connected
from tests.support.impairment import Impairment
from tests.support.tcp_relay import relaying
from tests.support.until import until_async

JOINED_WITHIN_S = 5.0
LINE_BPS = 1_000_000.0
LINES = 2000
LINE = "办" * 994
NOTED = Logged(LogKind.CARD_PUSHED, "liming", {})


async def test_a_long_session_is_joined_within_seconds_over_a_slow_line(tmp_path: Path) -> None:
    """There was no answer in 75 s, and the socket was cut. Everything older is read page by page."""
    async with open_house(tmp_path) as house:
        clerk, specialist, call = await connected(house)
        call_id = str(call["call_id"])
        picture = await _picture(specialist, call_id)
        await _fill(house.running.ports.sessions, call_id, picture)
        async with relaying(partial(asyncio.open_connection, "127.0.0.1", _port(house))) as line:
            line.uplink = line.downlink = Impairment(rate_bps=LINE_BPS)
            await clerk.socket.disconnect()
            clerk.gone.clear()
            await clerk.socket.connect(
                f"http://127.0.0.1:{line.port}",
                transports=["websocket"],
                auth={"token": clerk.session["access_token"]},
            )
            await clerk.expect("welcome")
            async with asyncio.timeout(JOINED_WITHIN_S):
                snapshot = await clerk.do("call.join", call_id=call_id)
            assert snapshot["chat"][-1]["text"].startswith("1999 ")
            assert all(snapshot[kind] for kind in ("chat", "cards", "stills", "strokes"))
            assert all(snapshot["earlier"].values())
            async with asyncio.timeout(JOINED_WITHIN_S):
                older = await clerk.do(
                    "record.earlier", call_id=call_id, kind="chat", before=snapshot["earlier"]["chat"]
                )
            assert older["chat"]
            assert not clerk.gone.is_set()

        await clerk.socket.disconnect()
        await clerk.connect()
        snapshot = await clerk.do("call.join", call_id=call_id)
        for kind, count in (("chat", LINES), ("cards", 200), ("stills", 200), ("strokes", 300)):
            pages = await _pages(clerk, call_id, kind, snapshot)
            ids = [_id(entry) for page in pages for entry in page]
            assert len(ids) == len(set(ids)) == count
        assert await _log(clerk, call_id) == list(range(1, await _sequences(house, call_id) + 1))
        stranger = await house.signed_in("hezhiqiang")
        refused = await stranger.refused(
            "record.earlier", call_id=call_id, kind="chat", before=snapshot["earlier"]["chat"]
        )
        assert refused == "not_in_call"


async def _pages(person: Person, call_id: str, kind: str, snapshot: Json) -> list[list[Any]]:
    """Return all pages of one list, the oldest first."""
    pages, before = [snapshot[kind]], snapshot["earlier"][kind]
    while before is not None:
        page = await _page(person, call_id, kind, before)
        assert page[kind]
        pages.insert(0, page[kind])
        before = page["earlier"]
    return pages


async def _page(person: Person, call_id: str, kind: str, before: Json) -> Json:
    """Read one page; nobody scrolls as fast as this, so the answer may be to wait."""
    answers: list[Json] = []

    async def is_read() -> bool:
        answers.append(await person.command("record.earlier", call_id=call_id, kind=kind, before=before))
        return bool(answers[-1]["ok"]) or answers[-1]["error"]["code"] != "too_many"

    await until_async(is_read, what=f"a page of {kind}")
    assert answers[-1]["ok"], answers[-1]
    return answers[-1]["result"]  # type: ignore[no-any-return]


async def _log(person: Person, call_id: str) -> list[int]:
    """Read a call's whole log, page by page; return its sequences."""
    sequences: list[int] = []
    before: str | None = ""
    while before is not None:
        detail = await person.ask("GET", f"/api/calls/{call_id}{before}")
        assert len(detail["events"]) <= LOG_PAGE
        sequences[:0] = [event["sequence"] for event in detail["events"]]
        before = f"?before={detail['earlier']}" if detail["earlier"] else None
    return sequences


async def _sequences(house: House, call_id: str) -> int:
    return (await house.running.ports.calls.events(call_id))[-1].sequence


def _id(entry: Json) -> str:
    return str(next(entry[name] for name in ("chat_id", "card_id", "still_id", "stroke_id") if name in entry))


def _port(house: House) -> int:
    return int(house.url("/").rsplit(":", 1)[1].strip("/"))


async def _picture(person: Person, call_id: str) -> str:
    """Have somebody send their camera; return its producer."""
    send = await person.do("media.create_transport", call_id=call_id, direction="send")
    produced = await person.do(
        "media.produce",
        call_id=call_id,
        transport_id=send["transport_id"],
        track="camera",
        rtp_parameters={"codecs": [], "encodings": []},
    )
    return str(produced["producer_id"])


async def _fill(store: SessionStore, call_id: str, picture: str) -> None:
    """Lay down what the limits allow, as if it had been said; two neighbours share each moment."""
    for number in range(LINES):
        text = f"{number:04} {LINE}"
        await store.add_chat(Chat(f"chat-{number:04}", call_id, "clerk", "王秀英", text, 1e9 + number // 2))
    for number in range(200):
        at, name = 1e9 + number, f"{number:04}"
        body = "卡" * 2000
        await store.add_card(Card(f"card-{name}", call_id, CardKind.TEXT, "标题", body, "李明", at), NOTED)
        await store.add_still(
            Still(
                f"still-{name}", call_id, "王", at, Track.DOCUMENT_CAMERA, 4, 3, 9, "ab", "image/jpeg", name
            ),
            NOTED,
        )
    for number in range(300):
        points = tuple((one / 201, one / 202) for one in range(200))
        await store.save_stroke(
            Stroke(
                f"stroke-{number:04}", call_id, picture, "clerk", "#ff0000", 0.01, points, True, 1e9 + number
            )
        )
