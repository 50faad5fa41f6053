"""What must not work: each is refused with a stable code and a sentence, and nobody else notices."""

import asyncio
import hashlib
from pathlib import Path
from typing import Any

import pytest
import socketio

from signaling.domain.audit import AuditResult
from signaling.domain.roles import Permission, permissions_of
from signaling.domain.staff import Staff
from tests.signaling.web.house import House, Person, open_house, request_body
from tests.signaling.web.test_image import jpeg
from tests.signaling.web.test_story import available, connected

MALFORMED: list[tuple[tuple[Any, ...], str]] = [
    ((), "malformed"),
    (({}, {}), "malformed"),
    (("text",), "malformed"),
    (({"command_id": "12345678"},), "malformed"),
    (({"command_id": "short", "body": {}},), "malformed"),
    (({"command_id": "12345678", "body": {"call_id": "../etc"}},), "malformed"),
    (({"command_id": "12345679", "body": {"call_id": "a", "more": 1}},), "malformed"),
    (({"command_id": "12345670", "body": {"call_id": "x" * 70_000}},), "too_large"),
]


async def test_malformed_commands(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        clerk = await house.demo("clerk")
        for payload, code in MALFORMED:
            ack = await clerk.raw("call.end", *payload)
            assert (ack["ok"], ack["error"]["code"]) == (False, code), payload
            assert ack["error"]["sentence"]


async def test_a_character_no_text_column_holds_is_refused(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        clerk, reviewer = await house.demo("clerk"), await house.demo("reviewer", connect=False)
        assert await clerk.refused("call.request", **request_body(free_text="爹\0")) == "malformed"
        assert await clerk.refused("call.request", **request_body(applicant={"name": "\0"})) == "malformed"
        await reviewer.ask("GET", "/api/recordings?query=%00", status=400)
        await reviewer.ask("GET", "/api/recordings/%00", status=400)
        await reviewer.login("\0", "password", status=400)


async def test_unknown_unauthorised_and_out_of_state_commands(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        clerk, specialist = await house.demo("clerk"), await available(house)
        assert (await clerk.raw("call.explode", {"command_id": "12345678", "body": {}}))["error"][
            "code"
        ] == "unknown_command"
        assert await clerk.refused("presence.set", state="available") == "forbidden"
        assert await specialist.refused("call.request", **request_body()) == "forbidden"
        assert (
            await clerk.refused("rating.submit", call_id="a", item_code="b", level="satisfied") == "forbidden"
        )
        assert await clerk.refused("call.end", call_id="nothing") in ("not_found", "call_not_found")
        call = await clerk.do("call.request", **request_body())
        assert await clerk.refused("call.end", call_id=call["call_id"]) == "bad_state"
        assert await clerk.refused("call.join", call_id=call["call_id"], generation="x") == "malformed"


async def test_a_repeated_command_runs_once_and_gets_the_first_answer(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        clerk, _, call = await connected(house)
        say = {"call_id": call["call_id"], "text": "只说一次"}
        answers = await asyncio.gather(
            *(clerk.command("chat.send", command_id="once-1234", **say) for _ in range(3))
        )
        again = await house.somebody(beside=clerk)
        again.session = clerk.session
        await again.connect()
        answers.append(await again.command("chat.send", command_id="once-1234", **say))
        assert len({answer["result"]["chat_id"] for answer in answers}) == 1
        snapshot = await again.do("call.join", call_id=call["call_id"])
        assert len(snapshot["chat"]) == 1


async def test_somebody_elses_session_and_wrong_ids(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        clerk, specialist, call = await connected(house)
        call_id = call["call_id"]
        stranger = await _second_clerk(house, clerk)
        assert await stranger.refused("call.join", call_id=call_id)
        assert await stranger.refused("chat.send", call_id=call_id, text="hello")
        assert await stranger.refused("media.create_transport", call_id=call_id, direction="send")
        send = await clerk.do("media.create_transport", call_id=call_id, direction="send")
        produce = {"track": "camera", "rtp_parameters": {"codecs": []}, "call_id": call_id}
        assert await specialist.refused("media.produce", transport_id=send["transport_id"], **produce)
        assert await clerk.refused("media.produce", transport_id="nothing", **produce)
        mine = await clerk.do("media.produce", transport_id=send["transport_id"], **produce)
        assert await specialist.refused(
            "media.close_producer", call_id=call_id, producer_id=mine["producer_id"]
        )
        assert await specialist.refused(
            "media.consume",
            call_id=call_id,
            transport_id=send["transport_id"],
            producer_id=mine["producer_id"],
            rtp_capabilities={},
        )
        assert (
            await clerk.refused(
                "media.connect_transport",
                call_id=call_id,
                transport_id=send["transport_id"],
                dtls_parameters={"x": "y" * 20_000},
            )
            == "too_large"
        )
        await clerk.ask("GET", f"/api/calls/{call_id}", status=200)
        assert (await stranger.ask("GET", f"/api/calls/{call_id}", status=403))["error"]["sentence"]
        written = {
            (row.subject, row.object, row.detail["code"])
            for row in await house.audited(100)
            if row.result is AuditResult.REFUSED
        }
        assert {
            (stranger.staff_id, "call.join", "not_in_call"),
            (stranger.staff_id, f"GET /api/calls/{call_id}", "out_of_scope"),
        } <= written


async def _second_clerk(house: House, clerk: Person) -> Person:
    """A clerk of another township."""
    directory = house.running.services.directory.current
    other = next(
        staff
        for staff in directory.all_staff()
        if staff.demo and Permission.CALL_REQUEST in _permissions(staff) and staff.staff_id != clerk.staff_id
    )
    accounts = house.running.services.accounts
    signed_in = await accounts.demo_sign_in(other.staff_id, "othertab1", "127.0.0.1")
    person = await house.somebody()
    person.session = await person.ask(
        "POST",
        "/api/auth/refresh",
        {"tab": "othertab1"},
        headers={"Cookie": f"bb_refresh_othertab1={signed_in.refresh_token}"},
    )
    await person.connect()
    return person


def _permissions(staff: Staff) -> frozenset[str]:
    return permissions_of(staff.roles, staff.posts)


async def test_a_flood_is_refused_then_cut_and_nobody_else_notices(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        clerk, specialist, call = await connected(house)
        flood = await house.demo("reviewer")
        codes: set[str] = set()

        def note(ack: dict[str, Any]) -> None:
            codes.add("ok" if ack["ok"] else ack["error"]["code"])

        for number in range(3000):
            if flood.gone.is_set():
                break
            try:
                await flood.socket.emit(
                    "presence.input", {"command_id": f"flood-{number}", "body": {}}, callback=note
                )
            except socketio.exceptions.SocketIOError:
                break
        async with asyncio.timeout(10):
            await flood.gone.wait()
        assert "too_many" in codes
        await clerk.do("chat.send", call_id=call["call_id"], text="照常")
        await specialist.expect("chat.added")


async def test_strokes_have_a_rate_of_their_own(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        clerk, specialist, call = await connected(house)
        moves = [
            specialist.command("annotation.pointer", call_id=call["call_id"], producer_id="p", x=0.1, y=0.1)
            for _ in range(300)
        ]
        acks = await asyncio.gather(*moves)
        assert "too_many" in {ack["error"]["code"] for ack in acks if ack["error"]}
        await specialist.do("chat.send", call_id=call["call_id"], text="命令不受影响")
        await clerk.expect("chat.added")


async def test_sockets_without_a_good_token_are_refused_with_a_sentence(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        told: asyncio.Queue[Any] = asyncio.Queue()
        for auth in (None, {}, {"token": "x.y.z"}, {"token": 7}, {"device_token": "guess"}):
            client = socketio.AsyncClient(reconnection=False)
            client.on("connect_error", told.put)
            with pytest.raises(socketio.exceptions.ConnectionError):
                await client.connect(house.url("/"), transports=["websocket"], auth=auth)
            error = await told.get()
            assert error["data"]["code"]
            assert error["data"]["sentence"]


async def test_english_where_the_client_asks_for_it(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        clerk = await house.demo("clerk", connect=False)
        await clerk.connect(locale="en")
        ack = await clerk.command("call.end", call_id="nothing")
        assert ack["error"]["sentence"].isascii()
        shown = await clerk.ask("GET", "/api/nothing", status=404, headers={"Accept-Language": "en-GB"})
        assert shown["error"]["sentence"].isascii()


async def test_pictures_that_are_not_what_was_said(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        clerk, specialist, call = await connected(house)
        good = jpeg(640, 480)
        digest = hashlib.sha256(good).hexdigest()

        async def send(data: bytes, status: int, *, sha256: str = digest, width: int = 640) -> str:
            said = f"width={width}&height=480&sha256={sha256}"
            answer = await clerk.ask(
                "POST",
                f"/api/calls/{call['call_id']}/stills?{said}",
                status=status,
                data=data,
                headers={"Content-Type": "image/jpeg"},
            )
            return str(answer["error"]["code"])

        assert await send(good + b"x", 422) == "hash_mismatch"
        assert await send(good, 422, width=641) == "size_mismatch"
        page = b"<svg onload=alert(1)>"
        assert await send(page, 415, sha256=hashlib.sha256(page).hexdigest()) == "not_an_image"
        assert await send(bytes(12 * 1024 * 1024 + 1), 413) == "too_large"
        assert not specialist.heard("still.added")


async def test_a_still_needs_its_signature(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        clerk, _, call = await connected(house)
        picture = jpeg(64, 48)
        said = f"width=64&height=48&sha256={hashlib.sha256(picture).hexdigest()}"
        still = await clerk.ask(
            "POST",
            f"/api/calls/{call['call_id']}/stills?{said}",
            data=picture,
            headers={"Content-Type": "image/jpeg"},
        )
        assert await clerk.ask("GET", still["url"]) == picture
        known = {"If-None-Match": f'"{still["sha256"]}"'}
        assert await clerk.ask("GET", still["url"], status=304, headers=known) == b""
        outsider = await house.somebody()
        assert (await outsider.ask("GET", still["url"], status=403))["error"]["code"] == "media_forbidden"
        forged = still["url"][:-1] + ("0" if still["url"][-1] != "0" else "1")
        assert (await clerk.ask("GET", forged, status=403))["error"]["code"] == "media_forbidden"
        await outsider.ask("GET", f"/api/stills/{still['still_id']}", status=400)
