"""Two signalling processes over one database and one Redis: a call crosses from one to the other."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from rtc_server.owner_events import TransportState, TransportStateChanged
from signaling.config.secrets import DEMO_PASSWORD
from tests.signaling.adapters.samples import a_call
from tests.signaling.adapters.test_sql_calls import closed
from tests.signaling.web.house import House, Person, open_house, request_body
from tests.support.fake_media import FakeMedia
from tests.support.until import until_here


async def test_a_call_rings_at_a_specialist_of_another_process(tmp_path: Path, redis_url: str) -> None:
    async with (
        open_house(tmp_path, redis_url=redis_url) as here,
        open_house(tmp_path, redis_url=redis_url) as there,
    ):
        specialist = await there.demo("specialist")
        await specialist.do("presence.set", state="available", sound_unlocked=True)
        supervisor = await there.demo("supervisor")
        await supervisor.do("queue.watch")
        clerk = await here.demo("clerk")
        call = await clerk.do("call.request", **request_body())
        ring = await specialist.expect("offer.made")
        assert ring["call"]["call_id"] == call["call_id"]
        assert not specialist.heard("offer.made"), "told once, not once a process"
        accepted = await specialist.do(
            "offer.accept", call_id=call["call_id"], offer_id=ring["offer"]["offer_id"]
        )
        assert accepted["clerk_name"]
        changed = await clerk.expect("call.changed", lambda one: one["state"] == "connected")
        assert changed["specialist_name"]
        await supervisor.expect("queue.changed", lambda body: bool(body["running"]))


async def test_the_waiting_are_told_the_same_place_and_range_at_every_process(
    tmp_path: Path, redis_url: str
) -> None:
    async with open_house(tmp_path, redis_url=redis_url) as there:
        await until_here(lambda: there.running.services.waits.leads)
        for number in range(6):
            before = await there.running.ports.calls.create(a_call(f"old-{number}"), (), "20261122")
            await there.running.ports.calls.save(before, closed(before, at=700.0), (), 800.0)
        specialist = await there.demo("specialist")  # who may come on line any time
        async with open_house(tmp_path, redis_url=redis_url) as here:
            first, second = await here.demo("clerk"), await here.somebody()
            await second.login("hexiaomei", DEMO_PASSWORD)
            await second.connect()
            await first.do("call.request", **request_body())
            call_id = (await second.do("call.request", **request_body()))["call_id"]
            told = (await second.expect("call.waiting", lambda one: one["wait"]["position"] == 2))["wait"]
            assert not here.running.services.waits.leads, "the other process decides"
            assert 0 < told["low_s"] <= told["high_s"]
            async with open_house(tmp_path, redis_url=redis_url) as late:
                for house in (here, there, late):
                    again = await house.somebody()
                    again.session = second.session
                    await until_here(lambda house=house: house.running.services.waits.of(call_id))
                    wait = (await again.ask("GET", f"/api/calls/{call_id}"))["call"]["wait"]
                    passed = told["low_s"] - wait["low_s"]
                    assert 0 <= passed < 60, "the same moments, nearer by now"
                    assert told["high_s"] - wait["high_s"] == pytest.approx(passed, abs=1e-3)
                    same = ("position", "eligible", "available", "ends_at")
                    assert [wait[name] for name in same] == [told[name] for name in same]
        assert specialist.staff_id


async def join_both(here: House, there: House) -> tuple[Person, Person, str]:
    """Connect a call; the clerk joins it here first, then the specialist there."""
    specialist = await there.demo("specialist")
    await specialist.do("presence.set", state="available", sound_unlocked=True)
    clerk = await here.demo("clerk")
    call_id = (await clerk.do("call.request", **request_body()))["call_id"]
    ring = await specialist.expect("offer.made")
    await specialist.do("offer.accept", call_id=call_id, offer_id=ring["offer"]["offer_id"])
    await clerk.expect("call.changed", lambda one: one["state"] in ("connected", "reconnecting"))
    await clerk.do("call.join", call_id=call_id)
    await specialist.do("call.join", call_id=call_id)
    return clerk, specialist, call_id


@asynccontextmanager
async def in_one_call(
    folder: Path, redis_url: str
) -> AsyncIterator[tuple[House, House, Person, Person, str]]:
    """Two processes with one media process; the clerk joined a call here first, then the specialist there."""
    media = FakeMedia()
    async with (
        open_house(folder, media=media, redis_url=redis_url) as here,
        open_house(folder, media=media, redis_url=redis_url) as there,
    ):
        clerk, specialist, call_id = await join_both(here, there)
        yield here, there, clerk, specialist, call_id


async def send(person: Person, call_id: str, track: str = "camera") -> str:
    """Send a track; return the producer's id."""
    made = await person.do("media.create_transport", call_id=call_id, direction="send")
    produced = await person.do(
        "media.produce",
        call_id=call_id,
        transport_id=made["transport_id"],
        track=track,
        rtp_parameters={"codecs": []},
    )
    return str(produced["producer_id"])


async def test_both_ends_of_a_call_see_each_other_from_two_processes(tmp_path: Path, redis_url: str) -> None:
    async with in_one_call(tmp_path, redis_url) as (here, _, clerk, specialist, call_id):
        assert list(here.media.routers) == [call_id], "one router, made once"
        picture = await send(clerk, call_id)
        seen = await specialist.expect("producer.changed")
        assert seen["producer"]["producer_id"] == picture
        made = await specialist.do("media.create_transport", call_id=call_id, direction="recv")
        consumer = await specialist.do(
            "media.consume",
            call_id=call_id,
            transport_id=made["transport_id"],
            producer_id=picture,
            rtp_capabilities={"codecs": []},
        )
        await specialist.do("media.resume_consumer", call_id=call_id, consumer_id=consumer["consumer_id"])
        voice = await send(specialist, call_id, "microphone")
        assert (await clerk.expect("producer.changed", lambda one: one["producer"]["track"] == "microphone"))[
            "producer"
        ]["producer_id"] == voice
        here.media.emit(TransportStateChanged(call_id, made["transport_id"], TransportState.CONNECTED))
        told = await specialist.expect("transport.state")
        assert (told["transport_id"], told["state"]) == (made["transport_id"], "connected")
        assert (
            await specialist.refused("media.pause_producer", call_id=call_id, producer_id=picture)
            == "producer_not_found"
        ), "a refusal crosses with its code"


async def test_what_people_do_in_a_call_crosses_between_processes(tmp_path: Path, redis_url: str) -> None:
    async with in_one_call(tmp_path, redis_url) as (here, _, clerk, specialist, call_id):
        desktop = await send(clerk, call_id, "desktop")
        await specialist.expect("producer.changed")
        voice = await send(specialist, call_id, "microphone")
        line = {"stroke_id": "s1", "producer_id": desktop, "color": "#ff0000", "width": 0.01, "done": True}
        await specialist.do("annotation.stroke", call_id=call_id, points=[[0.1, 0.1], [0.2, 0.2]], **line)
        assert (await clerk.expect("annotation.stroke"))["stroke"]["participant_id"] == "specialist"
        await specialist.do("chat.send", call_id=call_id, text="请把发票放上来")
        assert (await clerk.expect("chat.added"))["chat"]["name"] == "李明"
        await specialist.do("recording.pause", call_id=call_id, reason="拍身份证")
        assert (await clerk.expect("recording.changed"))["state"] == "paused"
        await specialist.socket.disconnect()
        left = await clerk.expect("participant.changed", lambda one: not one["participant"]["online"])
        assert left["participant"]["participant_id"] == "specialist"
        await specialist.connect()
        again = await specialist.do("call.join", call_id=call_id, generation=1, epoch=here.media.epoch)
        assert (again["generation"], [one["text"] for one in again["chat"]]) == (1, ["请把发票放上来"])
        assert {one["producer_id"] for one in again["producers"]} == {desktop, voice}, "all lives on"


async def test_a_call_whose_home_is_gone_goes_on_in_the_other_process(tmp_path: Path, redis_url: str) -> None:
    media = FakeMedia()
    async with open_house(tmp_path, media=media, redis_url=redis_url) as there:
        async with open_house(tmp_path, media=media, redis_url=redis_url) as here:
            clerk, specialist, call_id = await join_both(here, there)
            specialist.forget()
        moved = await there.somebody()
        moved.session = clerk.session
        await moved.connect()
        snapshot = await moved.do("call.join", call_id=call_id, generation=1, epoch=media.epoch)
        assert snapshot["generation"] == 2
        await specialist.expect("media.restarted")
        assert not moved.heard("media.restarted"), "they are joining already"
        theirs = await specialist.do("call.join", call_id=call_id, generation=1, epoch=media.epoch)
        assert theirs["generation"] == 2
        assert [who["participant_id"] for who in theirs["participants"]] == ["clerk", "specialist"]
        await send(moved, call_id)
        await specialist.expect("producer.changed")


async def test_signing_out_at_one_process_cuts_the_sockets_of_another(tmp_path: Path, redis_url: str) -> None:
    async with (
        open_house(tmp_path, redis_url=redis_url) as here,
        open_house(tmp_path, redis_url=redis_url) as there,
    ):
        clerk = await here.demo("clerk")
        await there.running.services.accounts.revoke_all(clerk.staff_id, "disabled")
        assert (await clerk.expect("signed_out"))["reason"] == "disabled"
        await clerk.gone.wait()
