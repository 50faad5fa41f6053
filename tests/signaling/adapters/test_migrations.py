"""A database of the first schema, with data in it, upgraded to the newest: what was stored is still there."""

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest
from alembic import command
from sqlalchemy import MetaData, insert, text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DatabaseError

from signaling.adapters.documents import dump
from signaling.adapters.sql.accounts import SqlAccountStore
from signaling.adapters.sql.audit import _GENESIS, chain
from signaling.adapters.sql.calls import SqlCallStore, _columns
from signaling.adapters.sql.database import Database, open_database
from signaling.adapters.sql.feedback import SqlFeedbackStore
from signaling.adapters.sql.migrate import is_migrated, migrate_apart, newest_revision
from signaling.adapters.sql.sessions import SqlSessionStore
from signaling.domain.audit import AuditEntry, AuditResult
from signaling.domain.call_model import Call, CallEnd, CallState, Passed, Result, ResultKind
from signaling.domain.feedback import Pad
from signaling.domain.members import Part
from signaling.domain.routing.decision import PassedOver, Reason
from signaling.domain.routing.judge import replay
from signaling.domain.session import Participant
from signaling.domain.subject import Subject
from signaling.services.stores import AuditQuery, CallQuery, ClaimedError, Credential, SignIn
from tests.signaling.adapters.samples import a_call, an_ask, seat
from tests.signaling.adapters.test_audit_chain import store as audit_store
from tests.signaling.adapters.test_sql_others import move
from tests.support import databases

TYPED: Final = "x" * 64
"""What somebody typed as a user name: the audit log of then kept it, as long as it was."""
STAFF: Final = {"s1": "533324", "s2": "533325"}
SUBJECTS: Final = (TYPED, "s1", "s2")


def rated(call_id: str, *items: str) -> Call:
    """Return a completed call whose result names items."""
    result = Result(ResultKind.ANSWERED, items, f"BL-{call_id}", (), "", "", 150.0, "s1")
    return replace(
        a_call(call_id, number=call_id, free_text="爹在昆明住院"),
        state=CallState.CLOSED,
        end=CallEnd.COMPLETED,
        members=(seat("clerk", Part.CLERK), seat("s1", Part.SPECIALIST, 115.0)),
        connected_at=115.0,
        ended_at=150.0,
        closed_at=160.0,
        result=result,
    )


CALLS: Final = (
    a_call("waiting", number="waiting", passed=(Passed(Subject.of_staff("s9"), "missed", 9.0),)),
    rated("one", "A"),
    rated("two", "A", "B", "B"),
    a_call("ringing", state=CallState.OFFERED, asks=(an_ask("o1", "s2", 110.0, 135.0, "skill|4"),)),
    a_call(
        "talking",
        state=CallState.RECONNECTING,
        connected_at=115.0,
        members=(
            seat("clerk-talking", Part.CLERK, lost_at=130.0),
            seat("s3", Part.SPECIALIST, 115.0, left_at=100.0),
            replace(seat("s4", Part.SPECIALIST, 115.0), participant_id="specialist-2"),
        ),
    ),
    a_call(
        "writing",
        state=CallState.WRAP_UP,
        end=CallEnd.COMPLETED,
        connected_at=115.0,
        ended_at=140.0,
        members=(seat("clerk-writing", Part.CLERK), seat("s5", Part.SPECIALIST, 115.0)),
    ),
)
JOINED: Final = (
    Participant("talking", "clerk", Subject.of_staff("clerk-talking"), "王", "乡", Part.CLERK, 1),
    Participant("talking", "specialist", Subject.of_staff("s3"), "李", "局", Part.SPECIALIST, 2),
    Participant("talking", "specialist-2", Subject.of_staff("s4"), "何", "局", Part.SPECIALIST, 1),
)


def as_of_old(call: Call) -> dict[str, Any]:
    """Return the document of a call as it was before calls had members."""
    written = json.loads(dump(call))
    members, asks = written.pop("members"), written.pop("asks")
    present = {one["part"]: one for one in members if one["left_at"] is None}
    written["clerk_id"] = present["clerk"]["who"]["id"]
    written["specialist_id"] = present["specialist"]["who"]["id"] if "specialist" in present else None
    written["lost"] = [
        {"part": part, "at": one["lost_at"]} for part, one in present.items() if one["lost_at"] is not None
    ]
    written["offer"] = None
    for ask in asks:
        offer = {"offer_id": ask["ask_id"], "call_id": call.call_id, "staff_id": ask["who"]["id"]}
        times = {"made_at": ask["made_at"], "expires_at": ask["until"], "reasons": ask["reasons"]}
        written["offer"] = offer | times
    for entry in written["passed"]:
        entry["staff_id"] = entry.pop("who")["id"]
    return written


def call_row(call: Call) -> dict[str, Any]:
    """Return the row of a call in the first schema."""
    newer = {"item_count", "point_id", "applicant_name", "applicant_phone", "free_text", "case_number"}
    written = as_of_old(call)
    people = {key: written[key] for key in ("clerk_id", "specialist_id")}
    columns = {key: value for key, value in _columns(call).items() if key not in newer}
    return columns | people | {"document": json.dumps(written)}


def participant_row(participant: Participant) -> dict[str, Any]:
    """Return the row of a participant in the first schema."""
    written = json.loads(dump(participant))
    written["staff_id"] = written.pop("who")["id"]
    keys = {"call_id": participant.call_id, "participant_id": participant.participant_id}
    return keys | {"document": json.dumps(written)}


def decided() -> dict[str, Any]:
    """Return a routing decision as it was stored when everybody was named in it."""
    free = {
        "skill_level": 4,
        "reach": "county",
        "languages": ["普通话"],
        "state": "available",
        "ringing": False,
    }
    free |= {"idle_since": 40.0, "last_offered_at": 0.0, "calls_today": 2, "talk_today_s": 60.0}
    people = [
        free | {"staff_id": "s1"},
        free | {"staff_id": "s2", "state": "busy"},
        free | {"staff_id": "s3", "reach": None},
    ]
    request = {
        "call_id": "one",
        "item_code": "YB-003",
        "department": "医疗保障局",
        "region_code": "533324204",
    }
    request |= {"language": "独龙语", "priority": 50, "requested_at": 100.0, "clerk_id": "clerk"}
    considered = [
        {"staff_id": "s1", "step": 1, "score": [40.0], "reason": "chosen"},
        {"staff_id": "s2", "step": 1, "score": [40.0], "reason": "busy"},
        {"staff_id": "s3", "step": None, "score": [40.0], "reason": "out_of_region"},
    ]
    return {
        "at": 100.0,
        "request": request | {"preferred_staff_id": None, "passed": []},
        "candidates": people,
        "policy": "default",
        "strategy": "longest_idle",
        "opened_at": [100.0, 100.0, 130.0, 130.0],
        "outcome": "offer",
        "considered": considered,
        "chosen": "s1",
        "why": ["skill|4", "own_county", "longest_idle|1"],
        "recheck_at": None,
        "eligible": 2,
        "available": 1,
    }


TITLE: Final = "李四的低保申请 - 微信"
"""What a browser said of a shared window, and the log of then kept."""
SHARED: Final = 1_100
"""Tracks of one call: more than the migration changes at once."""


def logged() -> list[Mapping[str, Any]]:
    """Return a log of tracks with labels, one without, and something else that happens to have a label."""
    track = {"track": "desktop", "participant_id": "clerk", "label": TITLE}
    kinds = [("track.started", track)] * SHARED
    kinds += [
        ("track.started", {"track": "camera", "participant_id": "clerk"}),
        ("card.pushed", {"label": "x"}),
    ]
    return [
        {
            "call_id": "one",
            "sequence": sequence,
            "at": float(sequence),
            "kind": kind,
            "data": json.dumps(data, ensure_ascii=False),
        }
        for sequence, (kind, data) in enumerate(kinds, start=1)
    ]


def rows() -> dict[str, list[Mapping[str, Any]]]:
    """Return what a server of the first schema would have stored."""
    audit, previous = [], _GENESIS
    for sequence, subject in enumerate(SUBJECTS, start=1):
        entry = AuditEntry(float(sequence), subject, "10.0.0.1", "account.login", "", AuditResult.REFUSED, {})
        written = json.loads(dump(entry))
        del written["region_code"]
        document = json.dumps(written)
        previous = chain(previous, document)
        audit.append({"sequence": sequence, "at": entry.at, "digest": previous, "document": document})
    calls = [call_row(one) for one in CALLS]
    held = {"ringing": "s2", "talking": "s4", "writing": "s5"}
    sign_in = {"session_id": "x", "staff_id": "s1", "tab": "t", "token_digest": "d", "previous_digest": None}
    pad = Pad("pad1", "p1", 100.0, "clerk")
    return {
        "audit": audit,
        "audit_head": [{"name": "head", "sequence": len(audit), "digest": previous}],
        "call_events": logged(),
        "calls": calls,
        "claims": [{"staff_id": staff_id, "call_id": call_id} for call_id, staff_id in held.items()],
        "participants": [participant_row(one) for one in JOINED],
        "credentials": [{"staff_id": "s1", "password_hash": "h", "failures": 2, "locked_until": None}],
        "decisions": [{"call_id": "one", "at": 100.0, "document": json.dumps(decided())}],
        "pads": [
            {"pad_id": "pad1", "point_id": "p1", "token_digest": "d", "revoked": False, "document": dump(pad)}
        ],
        "sign_ins": [sign_in | {"rotated_at": 1.0, "created_at": 1.0, "used_at": 1.0, "revoked_at": None}],
        "staff": [
            {"staff_id": who, "username": who, "document": json.dumps({"region_code": region})}
            for who, region in STAFF.items()
        ],
    }


def fill(connection: Connection) -> None:
    """Make the first schema and put the rows in."""
    move(connection, command.upgrade, "0001")
    found = MetaData()
    found.reflect(connection)
    for table, given in rows().items():
        connection.execute(insert(found.tables[table]), given)


async def old(url: str) -> None:
    """Prepare a database as it was."""
    database = open_database(url)
    async with database.write() as connection:
        await connection.run_sync(fill)
    await database.close()


@pytest.fixture(params=databases.KINDS)
async def upgraded(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """A database of each kind that began with the first schema."""
    postgres = request.getfixturevalue("postgres") if request.param == "postgresql" else None
    with databases.on(postgres):
        database = open_database(await databases.database_for(tmp_path, old))
        assert not await is_migrated(database)
        await migrate_apart(database)
        yield database
        await database.close()


async def test_the_newest_revision_is_where_alembic_stops(upgraded: Database) -> None:
    async with upgraded.read() as connection:
        assert await connection.scalar(text("SELECT version_num FROM alembic_version")) == newest_revision()
    assert await is_migrated(upgraded)


async def test_a_file_that_is_no_database_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_text("a letter, not a database\n" * 100)
    database = open_database(f"sqlite+aiosqlite:///{tmp_path}/x.db")
    with pytest.raises(DatabaseError):
        await migrate_apart(database)
    await database.close()


async def test_titles_of_shared_windows_are_forgotten_and_nothing_else_is(upgraded: Database) -> None:
    async with upgraded.read() as connection:
        found = await connection.execute(
            text("SELECT kind, data FROM call_events WHERE call_id = 'one' ORDER BY sequence")
        )
        now = [(kind, json.loads(data)) for kind, data in found]
    before = [(row["kind"], json.loads(row["data"])) for row in logged()]
    for kind, data in before:
        if kind == "track.started":
            data.pop("label", None)
    assert now == before
    assert TITLE not in str(now)


async def test_calls_know_how_many_items_are_to_be_rated(upgraded: Database) -> None:
    store = SqlCallStore(upgraded)
    for call in CALLS:
        assert await store.load(call.call_id) == call
    assert [call.call_id for call in await store.unrated(1_000.0, 10)] == ["one", "two"]
    async with upgraded.read() as connection:
        counts = await connection.exec_driver_sql("SELECT call_id, item_count FROM calls ORDER BY call_id")
        assert [tuple(row) for row in counts if row[0] in ("one", "two", "waiting")] == [
            ("one", 1),
            ("two", 2),
            ("waiting", 1),
        ]
    [decision] = await store.decisions("one")
    assert (decision.chosen, decision.passed_over) == (
        "s1",
        (PassedOver(None, Reason.OUT_OF_REGION, 1), PassedOver(1, Reason.BUSY, 1)),
    )
    assert replay(decision) == decision, "what was stored before still explains itself"
    assert await store.forget_decisions(101.0) == 1


async def test_calls_of_before_are_found_by_what_people_know_of_them(upgraded: Database) -> None:
    store = SqlCallStore(upgraded)
    for known in ("one", "马海娃", "昆明", "0000", "BL-one"):
        found, _ = await store.search(CallQuery(text=known))
        assert "one" in {call.call_id for call in found}, known
    point = CallQuery(text="乡", text_points=frozenset({"p1"}))
    assert [call.call_id for call in (await store.search(point))[0]] == ["one", "two"]
    assert await store.search(CallQuery(text="state")) == ([], 0)


async def test_calls_have_the_members_and_asks_that_their_people_were(upgraded: Database) -> None:
    store, sessions = SqlCallStore(upgraded), SqlSessionStore(upgraded)
    for call in CALLS:
        assert await store.load(call.call_id) == call
    assert await sessions.participants("talking") == list(JOINED)
    assert [call.call_id for call in await store.of_staff("s4", 0.0)] == ["talking"]
    lost = await store.of_staff("s3", 0.0)
    assert [call.call_id for call in lost] == ["talking"], "who lost it answered it"
    assert {load.staff_id for load in await store.loads(since=0.0, drills=False)} == {"s1", "s3", "s4", "s5"}


async def test_everybody_of_a_live_call_is_claimed(upgraded: Database) -> None:
    store = SqlCallStore(upgraded)
    claimed = ("clerk-waiting", "clerk-ringing", "s2", "clerk-talking", "s4", "s5")
    for staff_id in claimed:
        with pytest.raises(ClaimedError):
            await store.create(a_call("new", members=(seat(staff_id, Part.CLERK),)), (), "20261122")
    for staff_id in ("clerk-writing", "clerk-one", "s1", "s3"):
        await store.create(a_call(f"of-{staff_id}", members=(seat(staff_id, Part.CLERK),)), (), "20261122")


async def test_what_the_schema_before_could_hold_is_given_back(upgraded: Database) -> None:
    async with upgraded.write() as connection:
        await connection.run_sync(lambda one: move(one, command.downgrade, "0006"))
        rows = await connection.execute(text("SELECT document, clerk_id, specialist_id FROM calls"))
        found = {json.loads(row[0])["call_id"]: row for row in rows}
        held = await connection.execute(text("SELECT staff_id FROM claims ORDER BY staff_id"))
        assert [row[0] for row in held] == ["s2", "s4", "s5"]
    for call in CALLS:
        document, clerk_id, specialist_id = found[call.call_id]
        assert json.loads(document) == (written := as_of_old(call))
        assert (clerk_id, specialist_id) == (written["clerk_id"], written["specialist_id"])


async def test_everybody_signs_in_once_more_with_the_password_they_have(upgraded: Database) -> None:
    store = SqlAccountStore(upgraded)
    assert await store.sign_in("x") is None
    assert await store.credential("s1") == Credential("s1", "h")
    again = SignIn("y", "s1", "t", "family", "digest", 1.0, 1.0, 1.0)
    await store.save_sign_in(again)
    assert await store.by_family("family") == again


async def test_pads_stay_paired(upgraded: Database) -> None:
    assert [pad.pad_id for pad in await SqlFeedbackStore(upgraded).pads()] == ["pad1"]


async def test_the_audit_log_is_whole_and_searched_by_its_subjects(
    upgraded: Database, tmp_path: Path
) -> None:
    store = audit_store(upgraded, tmp_path)
    assert (await store.check()).broken_at is None
    found = await store.entries(AuditQuery(act="account", subjects=frozenset({TYPED, "s2"})))
    assert [row.entry.subject for row in found] == ["s2", TYPED]


async def test_acts_of_before_are_seen_in_the_region_of_their_subject_only(
    upgraded: Database, tmp_path: Path
) -> None:
    seen = await audit_store(upgraded, tmp_path).entries(AuditQuery(regions=frozenset({"", "533324"})))
    assert [row.entry.subject for row in seen] == ["s1", TYPED]
