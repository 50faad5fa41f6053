"""A specialist who stays away: everybody concerned is told, and who is out hears no more of the call."""

from pathlib import Path

from tests.signaling.web.house import House, Person, open_house
from tests.signaling.web.test_story import connected


async def another_window(house: House, person: Person) -> Person:
    """Return a second window of somebody's, connected."""
    window = await house.somebody(beside=person)
    window.session = person.session
    await window.connect()
    return window


async def test_the_clerk_waits_again_and_the_lost_specialist_hears_no_more(tmp_path: Path) -> None:
    async with open_house(tmp_path, grace_s=1) as house:
        clerk, specialist, call = await connected(house)
        window = await another_window(house, specialist)
        clerk.forget()
        await specialist.socket.disconnect()
        away = await clerk.expect("call.changed", lambda one: one["state"] == "reconnecting")
        assert not away["requeued"]
        waiting = await clerk.expect("call.changed", lambda one: one["state"] == "waiting")
        assert (waiting["requeued"], waiting["specialist_name"]) == (True, None)
        assert waiting["requested_at"] == call["requested_at"]
        told = await window.expect("call.changed", lambda one: one["state"] == "waiting")
        assert told["applicant"]["phone"] != call["applicant"]["phone"] or call["applicant"]["phone"] is None
        assert await window.refused("call.join", call_id=call["call_id"]) in ("not_in_call", "bad_state")
        ring = await window.expect("offer.made")  # they are there after all, with their other window
        await window.do("offer.accept", call_id=call["call_id"], offer_id=ring["offer"]["offer_id"])
        back = await clerk.expect("call.changed", lambda one: one["state"] in ("connected", "reconnecting"))
        assert not back["requeued"]
        mine = await window.do("call.join", call_id=call["call_id"])
        assert (mine["participant_id"], mine["generation"]) == ("specialist", 2)
