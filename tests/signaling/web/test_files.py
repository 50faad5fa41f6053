"""Files over the web: sent after the clerk's yes, told to both, saved by an own address, replayed."""

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from signaling.domain.files import FILE_BYTES
from tests.signaling.web.house import House, Json, Person, open_house
from tests.signaling.web.test_helper_sockets import code_of, hello, helper
from tests.signaling.web.test_story import connected
from tests.signaling.web.test_viewers import fetched
from web_client.helper.wire import Geometry, Monitor, Paired, Welcome

PDF = b"%PDF-1.7 one page"
NAME = "李四的申请表.pdf"


class Controlled:
    """A call whose specialist controls the counter PC and may ask for files."""

    def __init__(self, clerk: Person, specialist: Person, call_id: str, control_id: str) -> None:
        self.clerk, self.specialist = clerk, specialist
        self.call_id, self.control_id = call_id, control_id

    async def yes(self, kind: str) -> str:
        """The specialist asks about a file and the clerk agrees; return the question."""
        here = {"call_id": self.call_id, "control_id": self.control_id}
        asked = await self.specialist.do("control.ask_once", **here, kind=kind, about=NAME)
        once_id: str = asked["once"]["once_id"]
        agreed = await self.clerk.do("control.answer_once", **here, once_id=once_id, agreed=True)
        assert agreed["awaited"]["once_id"] == once_id
        return once_id

    async def send(
        self, person: Person, yes: str, *, status: int = 200, data: bytes = PDF, **said: str
    ) -> Json:
        digest = hashlib.sha256(data).hexdigest()
        query = urlencode({"once_id": yes, "name": NAME, "sha256": digest} | said)
        path = f"/api/calls/{self.call_id}/files?{query}"
        answer: Json = await person.ask("POST", path, status=status, data=data)
        return answer


@asynccontextmanager
async def controlled(house: House) -> AsyncIterator[Controlled]:
    clerk, specialist, call = await connected(house)
    call_id = call["call_id"]
    sending = await clerk.do("media.create_transport", call_id=call_id, direction="send")
    await clerk.do(
        "media.produce",
        call_id=call_id,
        transport_id=sending["transport_id"],
        track="desktop",
        display_surface="monitor",
        rtp_parameters={"codecs": []},
    )
    async with helper(house, clerk) as one:
        await one.say(hello(code=await code_of(clerk)))
        await one.hear(Paired)
        await one.hear(Welcome)
        await one.say(Geometry(1, (Monitor("HDMI-1", 0, 0, 1920, 1080, "#ff0000"),)))
        await clerk.do("control.counter", call_id=call_id, counter="pc-1")
        await specialist.expect(
            "control.stand", lambda stand: stand["obstacle"] is None and stand["monitors"]
        )
        scopes = ["draw", "pointer", "file"]
        asked = await specialist.do("control.ask", call_id=call_id, scopes=scopes, purpose="填表")
        said = {"call_id": call_id, "control_id": asked["control_id"], "scopes": scopes}
        await clerk.do("control.grant", **said, lasts_s=600)
        yield Controlled(clerk, specialist, call_id, asked["control_id"])


async def saved(house: House, person: Person, url: str) -> tuple[bytes, Any]:
    async with person.http.get(house.url(url)) as answer:
        assert answer.status == 200
        return await answer.read(), answer.headers


async def test_a_file_is_told_to_both_and_saved_by_each(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house, controlled(house) as control:
        clerk, specialist = control.clerk, control.specialist
        sent = await control.send(specialist, await control.yes("file_to_counter"))
        told = (await clerk.expect("file.added"))["file"]
        assert {**told, "url": ""} == {**sent, "url": ""}
        assert told["url"] != sent["url"], "everybody has an address of their own"
        data, headers = await saved(house, clerk, told["url"])
        assert data == PDF
        assert headers["Content-Type"] == "application/pdf"
        assert headers["Content-Disposition"].startswith("attachment; filename*=UTF-8''%E6%9D%8E")
        assert (headers["X-Content-Type-Options"], headers["Cache-Control"]) == ("nosniff", "no-store")
        back = await control.send(clerk, await control.yes("file_from_counter"), name="照片.pdf")
        again = await clerk.do("call.join", call_id=control.call_id)
        assert [file["file_id"] for file in again["files"]] == [sent["file_id"], back["file_id"]]
        looks = [entry for entry in await house.audited() if entry.act == "file.viewed"]
        assert [(look.subject, look.object) for look in looks] == [(clerk.staff_id, sent["file_id"])]


async def test_an_address_is_of_no_use_to_others(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house, controlled(house) as control:
        sent = await control.send(control.specialist, await control.yes("file_to_counter"))
        other = await house.demo("supervisor", connect=False)
        assert (await fetched(house, other.http, sent["url"]))[0] == 403
        assert (await fetched(house, control.specialist.http, sent["url"] + "0"))[0] == 403
        as_still = sent["url"].replace("/files/", "/stills/")
        assert (await fetched(house, control.specialist.http, as_still))[0] == 403


@pytest.mark.parametrize(
    ("said", "data", "status", "code"),
    [
        ({"name": "../../x"}, PDF, 422, "file_name"),
        ({"name": "a.exe"}, b"MZ", 422, "file_type"),
        ({"name": "a.pdf"}, b"MZ", 422, "file_type"),
        ({"sha256": "0" * 64}, PDF, 422, "file_damaged"),
        ({"once_id": "guessed"}, PDF, 409, "once_gone"),
        ({}, PDF.ljust(FILE_BYTES + 1), 413, "too_large"),
        ({"sha256": "x"}, PDF, 400, "malformed"),
    ],
)
async def test_what_may_not_be_sent_is_refused_with_a_sentence(
    tmp_path: Path, said: dict[str, str], data: bytes, status: int, code: str
) -> None:
    async with open_house(tmp_path) as house, controlled(house) as control:
        once_id = await control.yes("file_to_counter")
        answer = await control.send(control.specialist, once_id, status=status, data=data, **said)
        assert answer["error"]["code"] == code
        assert answer["error"]["sentence"]
        await control.send(control.specialist, once_id)


async def test_only_whose_turn_it_is_may_send(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house, controlled(house) as control:
        once_id = await control.yes("file_to_counter")
        assert (await control.send(control.clerk, once_id, status=403))["error"]["code"] == "not_yours"
        outsider = await house.signed_in("hexiaomei")
        assert "error" in await control.send(outsider, once_id, status=403)


async def test_a_reviewer_finds_it_with_the_session(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        async with controlled(house) as control:
            await control.send(control.specialist, await control.yes("file_to_counter"))
            call_id = control.call_id
            await control.clerk.do("call.end", call_id=call_id)
            await control.specialist.do(
                "call.result", call_id=call_id, kind="answered", item_codes=["YB-003"]
            )
        reviewer = await house.demo("reviewer", connect=False)
        replay = await reviewer.ask("GET", f"/api/recordings/{call_id}")
        [file] = replay["files"]
        assert (file["name"], file["way"]) == (NAME, "file_to_counter")
        assert "file.sent" in [event["kind"] for event in replay["events"]]
        assert (await saved(house, reviewer, file["url"]))[0] == PDF
        fresh = await reviewer.ask("GET", f"/api/recordings/{call_id}/addresses")
        assert (await saved(house, reviewer, fresh["files"][file["file_id"]]))[0] == PDF
