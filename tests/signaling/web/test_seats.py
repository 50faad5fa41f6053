"""What the sockets of four people in a call are told: each no more than their part may know."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from rtc_server.owner_events import SpeakerChanged
from signaling.domain.members import Part
from signaling.domain.subject import Subject
from tests.signaling.web.house import House, Person, open_house, request_body
from tests.signaling.web.test_story import available


class Room:
    """A connected call, by part."""

    def __init__(self, house: House, call_id: str) -> None:
        self.house = house
        self.call_id = call_id
        self.people: dict[Part, Person] = {}

    async def seat(self, part: Part, username: str, by: Part | None = None) -> Person:
        """Give somebody a place and let them join."""
        person = self.people.get(part) or await self.house.signed_in(username)
        self.people[part] = person
        services = self.house.running.services
        asking = services.directory.current.staff(self.people[by or part].staff_id)
        actor = services.accounts.actor(asking, None, "127.0.0.1")
        await services.session.seat(actor, self.call_id, Subject.of_staff(person.staff_id), part)
        await person.do("call.join", call_id=self.call_id)
        return person

    async def leave(self, part: Part) -> None:
        """Let somebody give their place up."""
        services = self.house.running.services
        leaving = services.directory.current.staff(self.people[part].staff_id)
        await services.session.leave(services.accounts.actor(leaving, None, "127.0.0.1"), self.call_id)


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    """Clerk, specialist, consultant and monitor, all joined."""
    async with open_house(tmp_path) as house:
        clerk, specialist = await house.demo("clerk"), await available(house)
        applicant = {"name": "李四", "phone": "13987654321", "id_number": "533324199001011233"}
        call = await clerk.do("call.request", **request_body(applicant=applicant))
        ring = await specialist.expect("offer.made")
        room = Room(house, str(call["call_id"]))
        await specialist.do("offer.accept", call_id=room.call_id, offer_id=ring["offer"]["offer_id"])
        room.people |= {Part.CLERK: clerk, Part.SPECIALIST: specialist}
        for person in (clerk, specialist):
            await person.do("call.join", call_id=room.call_id)
        await room.seat(Part.CONSULTANT, "hezhiqiang", by=Part.SPECIALIST)
        await room.seat(Part.MONITOR, "zhaojun")
        yield room


def parts_told(person: Person) -> set[str]:
    """Return whom somebody was told of."""
    return {event["participant"]["part"] for event in person.heard("participant.changed")}


async def test_nobody_is_told_of_a_monitor_who_is_told_everything_that_is_said(room: Room) -> None:
    clerk = room.people[Part.CLERK]
    await clerk.do("chat.send", call_id=room.call_id, text="您好")
    for person in room.people.values():
        assert (await person.expect("chat.added"))["chat"]["text"] == "您好"
    for part in (Part.CLERK, Part.SPECIALIST, Part.CONSULTANT):
        assert "monitor" not in parts_told(room.people[part])
    assert "consultant" in parts_told(clerk)
    assert (
        await room.people[Part.MONITOR].refused("chat.send", call_id=room.call_id, text="?") == "part_may_not"
    )


async def test_what_is_left_of_a_thin_line_is_told_to_who_sees_its_owner_and_closed_words_only(
    room: Room,
) -> None:
    clerk, monitor = room.people[Part.CLERK], room.people[Part.MONITOR]
    high = {"step": "high", "why": None}
    body = {"call_id": room.call_id, "sending": {"step": "saver", "why": "rate"}, "receiving": high}
    await clerk.do("media.tell_ladder", **body)
    for part in (Part.SPECIALIST, Part.CONSULTANT, Part.MONITOR):
        seen = await room.people[part].expect(
            "participant.changed", lambda event: event["participant"]["sending"]["step"] == "saver"
        )
        assert seen["participant"]["sending"] == body["sending"]
    await monitor.do("media.tell_ladder", **body | {"receiving": {"step": "voice", "why": "hidden"}})
    joined = await room.people[Part.SPECIALIST].do("call.join", call_id=room.call_id)
    assert {one["part"]: one["sending"]["step"] for one in joined["participants"]} == {
        "clerk": "saver",
        "specialist": "high",
        "consultant": "high",
    }
    for wrong in ({"step": "ultra", "why": None}, {"step": "high", "why": "x" * 99}, {"step": "high"}):
        assert await clerk.refused("media.tell_ladder", **body | {"sending": wrong}) == "malformed"


async def test_who_watches_over_a_call_is_not_shown_whom_it_is_for(room: Room) -> None:
    shown = {
        part: (await person.do("call.join", call_id=room.call_id))["call"]["applicant"]
        for part, person in room.people.items()
    }
    assert shown[Part.CONSULTANT]["phone"] == "13987654321"
    assert (shown[Part.MONITOR]["name"], shown[Part.MONITOR]["phone"]) == ("李**", "139****4321")
    printed = {
        part: (await person.ask("GET", f"/api/calls/{room.call_id}/notice"))["applicant_name"]
        for part, person in room.people.items()
    }
    assert (printed[Part.CLERK], printed[Part.MONITOR]) == ("李四", "李**")


async def test_who_left_is_told_so_once_and_hears_nothing_more(room: Room) -> None:
    clerk, consultant = room.people[Part.CLERK], room.people[Part.CONSULTANT]
    consultant.forget()
    await room.leave(Part.CONSULTANT)
    assert (await clerk.expect("participant.left"))["participant_id"] == "consultant"
    await consultant.expect("call.changed", lambda call: call["applicant"]["phone"] == "139****4321")
    await clerk.do("chat.send", call_id=room.call_id, text="还在吗")
    await room.people[Part.MONITOR].expect("chat.added")
    assert not consultant.heard("chat.added")
    assert await consultant.refused("call.join", call_id=room.call_id) == "not_in_call"


async def test_a_whisper_shows_as_speaking_to_the_specialist_alone(room: Room) -> None:
    await room.leave(Part.MONITOR)
    room.people[Part.WHISPERER] = room.people.pop(Part.MONITOR)
    whisperer = await room.seat(Part.WHISPERER, "zhaojun")
    of_call = {"call_id": room.call_id}
    made = await whisperer.do("media.create_transport", **of_call, direction="send")
    given = {"track": "microphone", "rtp_parameters": {}, "transport_id": made["transport_id"]}
    produced = await whisperer.do("media.produce", **of_call, **given)
    room.house.media.emit(SpeakerChanged(room.call_id, produced["producer_id"]))
    spoken = await room.people[Part.SPECIALIST].expect("media.speaker")
    assert spoken["participant_id"] == "whisperer"
    for part in (Part.CLERK, Part.CONSULTANT):
        assert (await room.people[part].expect("media.speaker"))["participant_id"] is None
        assert "whisperer" not in parts_told(room.people[part])
        assert produced["producer_id"] not in {
            event["producer"]["producer_id"] for event in room.people[part].heard("producer.changed")
        }
