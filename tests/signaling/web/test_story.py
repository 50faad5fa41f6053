"""The main job over real sockets: request, ring, accept, media, chat, drawing, cards, end, result, rating."""

import hashlib
import time
from pathlib import Path

from tests.signaling.web.house import House, Json, Person, open_house, request_body
from tests.signaling.web.test_image import jpeg

CONNECTED = ("connected", "reconnecting")


async def available(house: House) -> Person:
    """Return the demo specialist, 在线."""
    specialist = await house.demo("specialist")
    shown = await specialist.do("presence.set", state="available", sound_unlocked=True)
    assert shown["state"] == "available"
    return specialist


async def connected(house: House) -> tuple[Person, Person, Json]:
    """Return clerk and specialist who joined a call, and the call."""
    clerk, specialist = await house.demo("clerk"), await available(house)
    await clerk.do("call.request", **request_body())
    ring = await specialist.expect("offer.made")
    offer = {"call_id": ring["offer"]["call_id"], "offer_id": ring["offer"]["offer_id"]}
    call = await specialist.do("offer.accept", **offer)
    await clerk.expect("call.changed", lambda call: call["state"] in CONNECTED)
    for person in (clerk, specialist):
        await person.do("call.join", call_id=call["call_id"])
    return clerk, specialist, call


async def test_the_whole_story(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        clerk, specialist = await house.demo("clerk"), await available(house)
        pad = await house.demo("pad")

        hits = await clerk.ask("GET", "/api/items?query=爹在昆明住院,钱是自己垫的")
        assert "YB-003" in [hit["item"]["code"] for hit in hits["hits"]]
        applicant = {"name": "李四", "phone": "13987654321", "id_number": "533324199001011233"}
        call = await clerk.do("call.request", **request_body(applicant=applicant))
        call_id = call["call_id"]
        assert call["drill"]
        assert call["applicant"]["phone"] == "13987654321"
        assert call["applicant"]["id_number_masked"] == "533***********1233"

        ring = await specialist.expect("offer.made")
        assert ring["call"]["call_id"] == call_id
        assert ring["offer"]["reasons"]
        assert ring["call"]["applicant"]["phone"] != "13987654321", "not before the call is theirs"
        accepted = await specialist.do("offer.accept", call_id=call_id, offer_id=ring["offer"]["offer_id"])
        assert accepted["applicant"]["phone"] == "13987654321"
        changed = await clerk.expect("call.changed", lambda one: one["state"] in CONNECTED)
        assert changed["specialist_name"]
        assert changed["offer"] is None

        await _media(clerk, specialist, call_id)
        await _collaboration(clerk, specialist, call_id)
        await _ending(clerk, specialist, pad, call_id)


async def _media(clerk: Person, specialist: Person, call_id: str) -> None:
    mine = await clerk.do("call.join", call_id=call_id)
    theirs = await specialist.do("call.join", call_id=call_id)
    assert mine["participant_id"] != theirs["participant_id"]
    assert mine["media"]["router_rtp_capabilities"]["codecs"]
    send = await clerk.do("media.create_transport", call_id=call_id, direction="send")
    receive = await specialist.do("media.create_transport", call_id=call_id, direction="recv")
    for person, transport in ((clerk, send), (specialist, receive)):
        await person.do(
            "media.connect_transport",
            call_id=call_id,
            transport_id=transport["transport_id"],
            dtls_parameters={"role": "client", "fingerprints": []},
        )
    produced = await clerk.do(
        "media.produce",
        call_id=call_id,
        transport_id=send["transport_id"],
        track="camera",
        rtp_parameters={"codecs": []},
    )
    changed = await specialist.expect("producer.changed")
    assert changed["producer"]["producer_id"] == produced["producer_id"]
    assert (changed["producer"]["track"], changed["producer"]["kind"]) == ("camera", "video")
    consumed = await specialist.do(
        "media.consume",
        call_id=call_id,
        transport_id=receive["transport_id"],
        producer_id=produced["producer_id"],
        rtp_capabilities={"codecs": []},
    )
    await specialist.do("media.resume_consumer", call_id=call_id, consumer_id=consumed["consumer_id"])
    await clerk.do("media.pause_producer", call_id=call_id, producer_id=produced["producer_id"])
    await specialist.expect("producer.changed", lambda body: body["producer"]["paused"])
    ice = await clerk.do("media.restart_ice", call_id=call_id, transport_id=send["transport_id"])
    assert ice["ice_parameters"]["usernameFragment"]
    clerk.producer_id = produced["producer_id"]  # type: ignore[attr-defined]


async def _collaboration(clerk: Person, specialist: Person, call_id: str) -> None:
    await clerk.do("chat.send", call_id=call_id, text="听得到吗?")
    heard = await specialist.expect("chat.added")
    assert heard["chat"]["text"] == "听得到吗?"

    producer_id = clerk.producer_id  # type: ignore[attr-defined]
    stroke = {
        "call_id": call_id,
        "stroke_id": "s-1",
        "producer_id": producer_id,
        "color": "#D0021B",
        "width": 0.01,
    }
    await specialist.do("annotation.stroke", **stroke, points=[[0.1, 0.2], [0.3, 0.4]], done=False)
    await specialist.do("annotation.stroke", **stroke, points=[[0.5, 0.6]], done=True)
    first, second = await clerk.expect("annotation.stroke"), await clerk.expect("annotation.stroke")
    assert first["stroke"]["points"] == [[0.1, 0.2], [0.3, 0.4]]
    assert second["stroke"]["points"] == [[0.5, 0.6]], "only the new points"
    await specialist.do("annotation.pointer", call_id=call_id, producer_id=producer_id, x=0.5, y=0.5)
    assert (await clerk.expect("annotation.pointer"))["x"] == 0.5
    assert not specialist.heard("annotation.pointer")

    await specialist.do("card.push", call_id=call_id, kind="guide", item_code="YB-003")
    card = (await clerk.expect("card.added"))["card"]
    assert card["materials"]
    assert card["steps"]

    picture = jpeg(4032, 3024)
    said = f"width=4032&height=3024&sha256={hashlib.sha256(picture).hexdigest()}"
    still = await clerk.ask(
        "POST",
        f"/api/calls/{call_id}/stills?track=document_camera&{said}",
        data=picture,
        headers={"Content-Type": "image/jpeg"},
    )
    told = (await specialist.expect("still.added"))["still"]
    assert told["sha256"] == still["sha256"] == hashlib.sha256(picture).hexdigest()
    assert told["url"] != still["url"], "each person's address is their own"
    assert await specialist.ask("GET", told["url"]) == picture

    name = (await specialist.do("call.join", call_id=call_id))["call"]["item"]["materials"][0]
    await clerk.do("checklist.update", call_id=call_id, name=name, state="missing", note="没带")
    assert (await specialist.expect("checklist.changed"))["material"]["state"] == "missing"


async def _ending(clerk: Person, specialist: Person, pad: Person, call_id: str) -> None:
    ended = await clerk.do("call.end", call_id=call_id)
    assert (ended["state"], ended["end"]) == ("wrap_up", "completed")
    asked = await pad.expect("rating.requested")
    assert asked["items"][0][0] == "YB-003"
    result = await specialist.do(
        "call.result",
        call_id=call_id,
        kind="materials_missing",
        item_codes=["YB-003"],
        external_case_number="5333-0042",
        missing_materials=["住院发票原件"],
    )
    assert result["state"] == "closed"
    sheet = await clerk.ask("GET", f"/api/calls/{call_id}/notice")
    assert sheet["materials_missing"] == ["住院发票原件"]
    named = [*sheet["materials_missing"], *sheet["materials_have"], *sheet["materials_unchecked"]]
    assert set(named) >= set(sheet["item"]["materials"]), "the paper names every material"
    assert len(named) == len(set(named))
    await pad.do("rating.submit", call_id=call_id, item_code="YB-003", level="satisfied", comment="谢谢")
    assert not clerk.heard("rating.requested")
    detail = await clerk.ask("GET", f"/api/calls/{call_id}")
    decision = detail["decisions"][0]
    assert [one["name"] for one in decision["considered"] if one["reason"] == "chosen"] == ["李明"]
    assert sum(one["count"] for one in decision["passed_over"] if one["reason"] == "offline") == 2
    assert [event["sequence"] for event in detail["events"]] == sorted(
        event["sequence"] for event in detail["events"]
    )
    mine = await clerk.ask("GET", "/api/calls/mine")
    assert [call["call_id"] for call in mine["calls"]] == [call_id]


async def test_reload_supersedes_the_old_window_and_brings_everything_back(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        clerk, specialist, call = await connected(house)
        call_id = call["call_id"]
        await specialist.do("chat.send", call_id=call_id, text="请刷新")
        send = await clerk.do("media.create_transport", call_id=call_id, direction="send")
        again = await house.somebody(beside=clerk)
        again.session = clerk.session
        welcome = await again.connect()
        assert welcome["call_id"] == call_id
        snapshot = await again.do("call.join", call_id=call_id)
        assert snapshot["generation"] == 2
        assert [line["text"] for line in snapshot["chat"]] == ["请刷新"]
        assert ("transport.close", {"transportId": send["transport_id"]}) in house.media.requests
        assert (await clerk.expect("superseded"))["call_id"] == call_id
        await specialist.do("chat.send", call_id=call_id, text="在吗?")
        await again.expect("chat.added")
        assert not [body for body in clerk.heard("chat.added") if body["chat"]["text"] == "在吗?"]
        assert await clerk.refused("media.create_transport", call_id=call_id, direction="send")


async def test_a_missed_offer_goes_to_nobody_else_twice_and_the_clerk_can_cancel(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        clerk, specialist = await house.demo("clerk"), await available(house)
        call = await clerk.do("call.request", **request_body())
        ring = await specialist.expect("offer.made")
        offer = {"call_id": call["call_id"], "offer_id": ring["offer"]["offer_id"]}
        await specialist.do("offer.reject", **offer, reason="正在忙")
        await specialist.expect("offer.withdrawn")
        assert await specialist.refused("offer.accept", **offer) in ("offer_gone", "bad_state")
        cancelled = await clerk.do("call.cancel", call_id=call["call_id"])
        assert (cancelled["state"], cancelled["end"]) == ("closed", "cancelled")
        assert await clerk.refused("call.cancel", call_id=call["call_id"]) == "bad_state"


async def test_a_new_window_of_the_specialist_rings_too(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        clerk, specialist = await house.demo("clerk"), await available(house)
        await clerk.do("call.request", **request_body())
        ring = await specialist.expect("offer.made")
        window = await house.somebody(beside=specialist)
        window.session = specialist.session
        await window.connect()
        again = await window.expect("offer.made")
        assert again["offer"]["offer_id"] == ring["offer"]["offer_id"]
        await window.do("offer.accept", call_id=again["call"]["call_id"], offer_id=ring["offer"]["offer_id"])
        assert (await specialist.expect("offer.withdrawn"))["reason"] == "taken"


async def test_a_new_media_process_makes_everybody_join_again(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        clerk, specialist, call = await connected(house)
        before = await clerk.do("call.join", call_id=call["call_id"])
        house.media.restart()
        for person in (clerk, specialist):
            told = await person.expect("media.restarted")
            assert told["epoch"] == house.media.epoch
        after = await clerk.do(
            "call.join",
            call_id=call["call_id"],
            generation=before["generation"],
            epoch=before["media"]["epoch"],
        )
        assert after["media"]["epoch"] == house.media.epoch
        assert after["generation"] == before["generation"] + 1


async def test_supervisors_get_one_list_a_second_however_much_happens(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        supervisor = await house.demo("supervisor")
        queue = await supervisor.do("queue.watch")
        assert queue["waiting"] == []
        clerk, _, call = await connected(house)
        seen = await supervisor.expect(
            "queue.changed", lambda body: any(row["call_id"] == call["call_id"] for row in body["running"])
        )
        assert seen["running"][0]["specialist_name"]
        began = time.monotonic()
        for number in range(20):
            await clerk.do(
                "checklist.update",
                call_id=call["call_id"],
                name=call["item"]["materials"][0],
                state="have" if number % 2 else "missing",
            )
        assert len(supervisor.heard("queue.changed")) <= 2 + time.monotonic() - began
        await supervisor.do("queue.unwatch")


async def test_a_specialist_watches_who_waits_for_their_skills_and_nothing_else(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        clerk, specialist = await house.demo("clerk"), await available(house)
        assert (await specialist.do("queue.watch"))["waiting"] == []
        call = await clerk.do("call.request", **request_body())
        seen = await specialist.expect("queue.changed", lambda body: bool(body["waiting"]))
        assert [row["call_id"] for row in seen["waiting"]] == [call["call_id"]]
        assert seen["presence"] == []
        ring = await specialist.expect("offer.made")
        offer = {"call_id": ring["offer"]["call_id"], "offer_id": ring["offer"]["offer_id"]}
        await specialist.do("offer.accept", **offer)
        after = await specialist.expect("queue.changed", lambda body: not body["waiting"])
        assert after["running"] == []


async def test_nobody_there_ends_no_staff_and_a_message_reaches_the_department(tmp_path: Path) -> None:
    async with open_house(tmp_path, no_staff_after_s=0.2, start_grace_s=0.01) as house:
        clerk = await house.demo("clerk")
        specialist = await house.demo("specialist")
        call = await clerk.do("call.request", **request_body())
        ended = await clerk.expect("call.changed", lambda one: one["state"] == "closed")
        assert ended["end"] == "no_staff"
        assert ended["department"]["phone"]
        left = await clerk.do(
            "message.leave", call_id=call["call_id"], name="李四", phone="13987654321", question="怎么报销?"
        )
        assert (await specialist.expect("message.added"))["message_id"] == left["message_id"]
        closed = await specialist.ask(
            "POST", f"/api/messages/{left['message_id']}/close", {"answer": "已电话答复"}
        )
        assert closed["closed_by"]
        listed = await specialist.ask("GET", "/api/messages")
        assert listed["messages"][0]["answer"] == "已电话答复"
