"""What is people's data in a message is declared there, and masked for whoever need not know it."""

import json
import types
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any, Final, Union, get_args, get_origin

import pytest

from signaling.domain.call_model import Applicant, Material, Result
from signaling.domain.feedback import LeftMessage, Rating
from signaling.domain.masking import masked_name, masked_phone, masked_words
from signaling.web.messages.base import Message, Personal
from signaling.web.messages.views import (
    calls,
    lines,
    queue,
    requests,
    review,
    session,
)
from signaling.web.messages.views.calls import MaterialView, RatingView, ResultView
from signaling.web.messages.views.queue import MessageView
from signaling.web.messages.views.requests import ApplicantView
from tests.signaling.web.house import open_house, request_body
from tests.signaling.web.test_story import available

VIEWS: Final = (calls, lines, queue, requests, review, session)
NAMES_OF_STAFF: Final = frozenset(
    {
        *("name", "title", "staff_name", "clerk_name", "specialist_name", "specialist_department"),
        *("actor", "offered_to", "taken_by", "sent_by", "pushed_by", "closed_by", "read_by"),
    }
)
"""People at work are named to whoever works with them."""
OURS: Final = frozenset(
    {
        *("number", "language", "department", "point_name", "item_name", "region_path", "kind", "lane"),
        *("color", "id", "mime_type", "sha256", "url", "thumbnails", "text_version", "reasons", "steps"),
        *("external_case_number", "item_code", "item_codes", "materials", "query", "stills", "files"),
    }
)
"""Words of the service itself, and what it made: codes, addresses, items, places."""


def texts(message: type[Message]) -> Iterator[str]:
    """Yield the fields that hold free text."""
    for name, field in message.model_fields.items():
        if any(isinstance(one, Personal) for one in field.metadata) or name.endswith(("_id", "_ids")):
            continue
        if str in _kinds(field.annotation):
            yield name


def _kinds(kind: Any) -> set[Any]:
    if get_origin(kind) in (Union, types.UnionType, list, dict, tuple):
        return {inner for one in get_args(kind) for inner in _kinds(one)}
    return {kind}


def test_every_text_shown_of_a_call_is_declared_personal_or_ours() -> None:
    """A new field of text must be put on one side."""
    shown = {
        f"{message.__name__}.{name}"
        for module in VIEWS
        for message in vars(module).values()
        if isinstance(message, type)
        and issubclass(message, Message)
        and message.__module__ == module.__name__
        for name in texts(message)
        if name not in NAMES_OF_STAFF | OURS
    }
    assert shown == set()


@pytest.mark.parametrize(
    ("stored", "shown", "ours"),
    [
        (Applicant, ApplicantView, {"relation"}),
        (Material, MaterialView, {"name", "state"}),
        (Result, ResultView, {"kind", "item_codes", "external_case_number", "stored_at", "stored_by"}),
        (Rating, RatingView, {"call_id", "item_code", "level", "given_at", "pad_id"}),
        (
            LeftMessage,
            MessageView,
            {
                "message_id",
                "call_id",
                "item_code",
                "department",
                "point_id",
                "left_at",
                "closed_at",
                "closed_by",
                "read_at",
                "read_by",
                "department_id",
                "region_code",
                "left_by",
            },
        ),
    ],
)
def test_what_is_stored_of_people_is_declared_where_it_is_shown(
    stored: Any, shown: type[Message], ours: set[str]
) -> None:
    declared = {
        name
        for name, field in shown.model_fields.items()
        if any(isinstance(one, Personal) for one in field.metadata)
    }
    assert {field.name for field in fields(stored)} - ours <= declared


def test_names_phones_and_words_are_masked() -> None:
    assert (masked_name("欧阳小满"), masked_name(None)) == ("欧**", None)
    assert (masked_phone("13987654321"), masked_phone("12345")) == ("139****4321", None)
    said = "欧阳小满 2026-11-27 来过,电话13987654321,身份证 533324 19900101 1233,3 张发票"
    names = frozenset({"欧阳小满"})
    assert masked_words(said, names) == "欧** 2026-11-27 来过,电话****,身份证 ****,3 张发票"


SECRETS: Final = ("欧阳小满", "欧阳老满", "13987654321", "533324199001011233", "0886-3511234")
STORY: Final = "欧阳小满的身份证是533324199001011233,打13987654321找他"


async def test_who_is_no_part_of_a_call_is_shown_no_personal_data(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        clerk, specialist = await house.demo("clerk"), await available(house)
        applicant = {
            "name": "欧阳小满",
            "phone": "13987654321",
            "id_number": "533324199001011233",
            "relation": "agent",
            "acting_for": "欧阳老满",
        }
        call_id = (await clerk.do("call.request", **request_body(applicant=applicant, free_text=STORY)))[
            "call_id"
        ]
        ring = await specialist.expect("offer.made")
        await specialist.do("offer.accept", call_id=call_id, offer_id=ring["offer"]["offer_id"])
        for person in (clerk, specialist):
            await person.do("call.join", call_id=call_id)
        await clerk.do("chat.send", call_id=call_id, text=STORY)
        await specialist.do("card.push", call_id=call_id, kind="text", title=STORY[:60], body=STORY)
        name = ring["call"]["item"]["materials"][0]
        await clerk.do("checklist.update", call_id=call_id, name=name, state="missing", note=STORY)
        await clerk.do("call.end", call_id=call_id)
        words = {"note": STORY, "notice_text": STORY, "missing_materials": [STORY]}
        await specialist.do("call.result", call_id=call_id, kind="answered", item_codes=["YB-003"], **words)
        reviewer = await house.demo("reviewer", connect=False)
        paths = (f"/api/calls/{call_id}", f"/api/calls/{call_id}/notice", f"/api/recordings/{call_id}")
        for path in paths:
            shown = json.dumps(await reviewer.ask("GET", path), ensure_ascii=False)
            assert [secret for secret in SECRETS if secret in shown] == [], path
        for path in paths[:2]:
            assert "欧阳小满" in json.dumps(await clerk.ask("GET", path), ensure_ascii=False), path
        assert [secret for secret in SECRETS if secret in json.dumps(ring, ensure_ascii=False)] == []
