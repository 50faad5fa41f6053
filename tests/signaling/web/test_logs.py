"""What is logged of a whole session: its steps, and nothing that says who somebody is or opens a door."""

import logging
import re
from pathlib import Path
from typing import Any, Final

import pytest

from signaling.compose.logs import OURS, levels
from signaling.demo.samples import sample_people
from tests.signaling.web.house import Json, Person, open_house, request_body
from tests.signaling.web.test_story import available

STORY: Final = {
    "applicant": {
        "name": "欧阳小满",
        "phone": "13812349876",
        "id_number": "533324199001011233",
        "relation": "agent",
        "acting_for": "欧阳老满",
    },
    "free_text": "爹在昆明住院,钱是自己垫的",
}
SAID: Final = (
    *("欧阳", "13812349876", "533324199001011233", "5333-0042"),
    *("昆明", "垫的", "悄悄话", "没带来"),
)
MEDIA: Final = {
    "role": "client",
    "fingerprints": [{"algorithm": "sha-256", "value": "AB:CD:EF:01"}],
}
SHAPES: Final = (r"eyJ[\w-]+\.", r"AB:CD:EF", r"\b127\.0\.0\.1\b", r"a=|candidate|fingerprint|Fragment")
"""Tokens, a DTLS fingerprint, addresses of people, SDP and its JSON."""


@pytest.mark.parametrize("level", ["info", "debug"])
async def test_a_whole_session_leaves_its_steps_and_no_personal_data_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, level: str
) -> None:
    for name, least in levels(level).items():  # as the product does
        caplog.set_level(least, logger=name)
    caplog.handler.setLevel(logging.DEBUG)
    async with open_house(tmp_path) as house:
        clerk, specialist, pad = await house.demo("clerk"), await available(house), await house.demo("pad")
        await clerk.login("欧阳小满", "wrong password", status=401)
        opened = await _session(clerk, specialist, pad)
        await clerk.refused("call.join", call_id="悄悄话")
        tokens = [clerk.session["access_token"], specialist.session["access_token"]]
    logged = caplog.text
    for step in ("requested", "offered", "connected", "ended", "closed"):
        assert re.search(rf"call {opened['call_id']} \(\S+\) {step}\b", logged), step
    names = [person.staff.name for person in sample_people()]
    for secret in (*SAID, *names, *tokens, *_leaves(opened["doors"])):
        assert secret not in logged, secret
    for shape in SHAPES:
        assert not re.search(shape, logged), shape


def test_only_our_own_lines_are_heard_below_info() -> None:
    assert {name for name, least in levels("debug").items() if least < logging.INFO} == set(OURS)
    assert set(levels("error").values()) == {logging.ERROR}


async def _session(clerk: Person, specialist: Person, pad: Person) -> Json:
    """Hold a session in which everybody says things; return the call and the keys to its media."""
    call_id = (await clerk.do("call.request", **request_body(**STORY)))["call_id"]
    ring = await specialist.expect("offer.made")
    await specialist.do("offer.accept", call_id=call_id, offer_id=ring["offer"]["offer_id"])
    doors = []
    for person, direction in ((clerk, "send"), (specialist, "recv")):
        await person.do("call.join", call_id=call_id)
        made = await person.do("media.create_transport", call_id=call_id, direction=direction)
        doors.append(made["ice_parameters"])
        transport = {"call_id": call_id, "transport_id": made["transport_id"]}
        await person.do("media.connect_transport", **transport, dtls_parameters=MEDIA)
        doors.append((await person.do("media.restart_ice", **transport))["ice_parameters"])
    await clerk.do("chat.send", call_id=call_id, text="悄悄话")
    name = ring["call"]["item"]["materials"][0]
    await clerk.do("checklist.update", call_id=call_id, name=name, state="missing", note="没带来")
    await clerk.do("call.end", call_id=call_id)
    await specialist.do(
        "call.result",
        call_id=call_id,
        kind="answered",
        item_codes=["YB-003"],
        external_case_number="5333-0042",
        note="悄悄话",
    )
    await pad.do("rating.submit", call_id=call_id, item_code="YB-003", level="satisfied", comment="悄悄话")
    return {"call_id": call_id, "doors": doors}


def _leaves(value: Any) -> list[str]:
    """Return every long text inside a JSON value."""
    match value:
        case dict():
            return [text for inner in value.values() for text in _leaves(inner)]
        case list():
            return [text for inner in value for text in _leaves(inner)]
        case str() if len(value) >= 4:
            return [value]
    return []
