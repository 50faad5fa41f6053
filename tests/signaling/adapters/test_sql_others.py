"""The other stores on SQLite and PostgreSQL."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import delete, text, update
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from signaling.adapters.sql import migrations
from signaling.adapters.sql.accounts import SqlAccountStore
from signaling.adapters.sql.calls import SqlCallStore
from signaling.adapters.sql.database import Database, open_database
from signaling.adapters.sql.directory import SqlDirectoryStore
from signaling.adapters.sql.feedback import SqlFeedbackStore
from signaling.adapters.sql.migrate import migrate
from signaling.adapters.sql.schema import audit, metadata
from signaling.adapters.sql.schema import calls as calls_table
from signaling.adapters.sql.sessions import SqlSessionStore
from signaling.demo.samples import (
    sample_departments,
    sample_items,
    sample_people,
    sample_points,
    sample_regions,
)
from signaling.domain.audit import AuditEntry, AuditResult
from signaling.domain.collaboration import Card, CardKind, Chat, Still, Stroke
from signaling.domain.control.grant import OnceKind
from signaling.domain.directory_data import DirectoryChange
from signaling.domain.feedback import LeftMessage, Pad, Rating, RatingLevel
from signaling.domain.files import SentFile
from signaling.domain.items import ItemDraft, Lifecycle
from signaling.domain.lines.block import Block, Lane
from signaling.domain.lines.sample import Sample
from signaling.domain.log_kinds import LogKind
from signaling.domain.members import Part
from signaling.domain.record import RecordKind
from signaling.domain.session import Direction, Participant, Track
from signaling.domain.staff import Skill, SkillKind
from signaling.domain.steps.step import Logged
from signaling.domain.subject import Subject
from signaling.services.stores import AuditQuery, ConflictError, Credential, SignIn
from tests.signaling.adapters.samples import a_call
from tests.signaling.adapters.test_audit_chain import store as audit_store


async def test_the_migrations_make_exactly_the_schema(database: Database) -> None:
    def differences(connection: Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection), metadata))

    async with database.read() as connection:
        assert await connection.run_sync(differences) == []


async def test_migrating_again_changes_nothing(database: Database) -> None:
    await migrate(database)


async def test_sqlite_is_in_wal_and_waits_for_other_writers(tmp_path: Path) -> None:
    database = open_database(f"sqlite+aiosqlite:///{tmp_path}/x.db")
    async with database.read() as connection:
        mode = await connection.exec_driver_sql("PRAGMA journal_mode")
        timeout = await connection.exec_driver_sql("PRAGMA busy_timeout")
        assert (mode.scalar(), timeout.scalar()) == ("wal", 5000)
    await database.close()


async def test_errors_do_not_show_what_was_to_be_stored(database: Database) -> None:
    asked = text("SELECT missing FROM nowhere WHERE name = :name")
    async with database.read() as connection:
        with pytest.raises(DBAPIError) as caught:
            await connection.execute(asked, {"name": "13887654321"})
    assert "13887654321" not in str(caught.value)


async def test_the_directory_comes_back_as_it_was_stored(database: Database) -> None:
    store = SqlDirectoryStore(database)
    person = sample_people()[2].staff
    skills = (Skill(person.staff_id, SkillKind.DEPARTMENT, "医疗保障局", 4),)
    await store.apply(
        DirectoryChange(
            regions=tuple(sample_regions()),
            departments=tuple(sample_departments()),
            items=tuple(sample_items()),
            points=tuple(sample_points()),
            staff=(person,),
            skills={person.staff_id: skills},
            offered=(("YB-003", "533300"), ("YB-003", "533324")),
        )
    )
    await store.apply(DirectoryChange(withdrawn=(("YB-003", "533300"),)))
    data = await store.load()
    assert set(data.items) == set(sample_items())
    assert set(data.departments) == set(sample_departments())
    assert (data.staff, data.skills, data.revision) == ((person,), skills, 2)
    assert data.offerings == (("YB-003", "533324"),)
    assert len(data.regions) == len(sample_regions())


async def test_the_newest_version_of_an_item_is_listed_and_old_ones_stay(database: Database) -> None:
    store = SqlDirectoryStore(database)
    item = sample_items()[0]
    newer = replace(item, version=2, name="新名字")
    await store.apply(DirectoryChange(items=(newer, item)))
    assert (await store.load()).items == (newer,)
    assert await store.item(item.code, 1) == item
    assert await store.item(item.code, 3) is None


async def test_two_people_cannot_have_one_user_name(database: Database) -> None:
    store = SqlDirectoryStore(database)
    person = sample_people()[0].staff
    await store.apply(DirectoryChange(staff=(person,)))
    with pytest.raises(ConflictError):
        await store.apply(DirectoryChange(staff=(replace(person, staff_id="other"),)))


async def test_a_change_of_the_directory_happens_whole_or_not_at_all(database: Database) -> None:
    store = SqlDirectoryStore(database)
    person = sample_people()[0].staff
    await store.apply(DirectoryChange(staff=(person,)))
    taken = replace(person, staff_id="other")
    with pytest.raises(ConflictError):
        await store.apply(DirectoryChange(points=tuple(sample_points()), staff=(taken,)))
    with pytest.raises(ConflictError):
        await store.apply(DirectoryChange(points=tuple(sample_points())), if_revision=0)
    data = await store.load()
    assert (data.points, data.staff, data.revision) == ((), (person,), 1)


async def test_a_draft_is_kept_until_it_is_published(database: Database) -> None:
    store = SqlDirectoryStore(database)
    item = sample_items()[0]
    draft = ItemDraft(replace(item, version=2, name="新名字", lifecycle=Lifecycle.DRAFT), "s1", 5.0)
    await store.apply(DirectoryChange(items=(item,), drafts=(draft,)))
    data = await store.load()
    assert (data.items, data.drafts) == ((item,), (draft,))
    live = replace(draft.item, lifecycle=Lifecycle.LIVE)
    await store.apply(DirectoryChange(items=(live,), drafts_gone=(item.code,)))
    data = await store.load()
    assert (data.items, data.drafts) == ((live,), ())


async def test_a_refresh_token_is_rotated_by_one_of_two(database: Database) -> None:
    store = SqlAccountStore(database)
    await store.save_credential(Credential("s1", "hash"))
    assert await store.credential("s1") == Credential("s1", "hash")
    sign_in = SignIn("i1", "s1", "tab", "family", "d0", 1.0, 1.0, 1.0)
    await store.save_sign_in(sign_in)
    rotated = [replace(sign_in, token_digest=f"d{n}", previous_digest="d0") for n in (1, 2)]
    outcomes = await asyncio.gather(
        *(store.save_sign_in(entry, if_digest="d0") for entry in rotated), return_exceptions=True
    )
    assert sum(isinstance(outcome, ConflictError) for outcome in outcomes) == 1
    found = await store.by_family("family")
    assert found is not None
    assert found.previous_digest == "d0"
    await store.save_sign_in(replace(found, revoked_at=2.0))
    with pytest.raises(ConflictError):
        await store.save_sign_in(replace(found, token_digest="d3"), if_digest=found.token_digest)
    assert await store.by_family("another") is None


async def test_revoking_keeps_the_one_asked_for(database: Database) -> None:
    store = SqlAccountStore(database)
    for number in range(3):
        await store.save_sign_in(SignIn(f"i{number}", "s1", "tab", f"f{number}", f"d{number}", 1.0, 1.0, 1.0))
    assert sorted(await store.revoke("s1", 9.0, keep="i1")) == ["i0", "i2"]
    kept, ended = await store.sign_in("i1"), await store.sign_in("i0")
    assert kept is not None
    assert ended is not None
    assert (kept.revoked_at, ended.revoked_at) == (None, 9.0)


async def test_what_is_of_record_in_a_session_comes_back_in_order(database: Database) -> None:
    store = SqlSessionStore(database)
    someone = Participant("c1", "clerk", Subject.of_staff("s1"), "王秀英", "独龙江乡", Part.CLERK, 1)
    await store.save_participant(someone)
    await store.save_participant(replace(someone, generation=2, sharing=True))
    assert await store.participants("c1") == [replace(someone, generation=2, sharing=True)]
    later, sooner = Chat("b", "c1", "clerk", "王", "后", 2.0), Chat("a", "c1", "clerk", "王", "先", 1.0)
    await store.add_chat(later)
    await store.add_chat(sooner)
    assert await store.chats("c1") == [sooner, later]
    card = Card("k", "c1", CardKind.GUIDE, "标题", "", "李明", 1.0, "YB-003", 1, ("身份证",), ("一",))
    await store.add_card(card, Logged(LogKind.CARD_PUSHED, "s1", {}))
    assert await store.cards("c1") == [card]
    still = Still("s", "c1", "王", 1.0, Track.DOCUMENT_CAMERA, 4, 3, 12, "ab", "image/jpeg", "c1/s.jpg")
    await store.add_still(still, Logged(LogKind.STILL_TAKEN, "s1", {}))
    assert (await store.stills("c1"), await store.still("s")) == ([still], still)
    file = SentFile(
        "f",
        "c1",
        OnceKind.FILE_TO_COUNTER,
        "o",
        "表.pdf",
        "application/pdf",
        5,
        "ab",
        "李明",
        1.0,
        "c1/f.pdf",
        True,
    )
    await store.add_file(file, Logged(LogKind.FILE_SENT, "s1", {}))
    assert (await store.files("c1"), await store.file("f"), await store.file("g")) == ([file], file, None)
    assert await store.off_record_keys("c1") == ["c1/f.pdf"]
    await store.forget_off_record("c1")
    assert (await store.files("c1"), await store.stills("c1")) == ([], [still])
    stroke = Stroke("t", "c1", "p", "clerk", "#ff0000", 0.01, ((0.1, 0.2),), False, 1.0)
    await store.save_stroke(stroke)
    longer = replace(stroke, points=((0.1, 0.2), (0.3, 0.4)), done=True)
    await store.save_stroke(longer)
    assert await store.strokes("c1") == [longer]
    await store.wipe_strokes("c1", "p", 5.0)
    await store.wipe_strokes("c1", "p", 9.0)
    assert await store.strokes("c1") == [replace(longer, gone_at=5.0)], "once gone is gone"
    assert await store.newest(RecordKind.STROKES, "c1", before=None, limit=9) == []


async def test_one_rating_a_call_and_item_and_a_real_one_replaces_the_default(database: Database) -> None:
    store = SqlFeedbackStore(database)
    real = Rating("c1", "YB-003", RatingLevel.SATISFIED, "好", 2.0, "pad")
    await store.add_rating(Rating("c1", "YB-003", RatingLevel.DEFAULT, "", 1.0))
    await store.add_rating(real)
    with pytest.raises(ConflictError):
        await store.add_rating(replace(real, level=RatingLevel.FAIR))
    assert await store.ratings(["c1", "c2"]) == [real]
    assert await store.ratings([]) == []


async def test_pads_are_found_by_their_token_until_revoked(database: Database) -> None:
    store = SqlFeedbackStore(database)
    pad = Pad("pad1", "p1", 1.0, "s1")
    await store.add_pad(pad, "digest")
    assert await store.pad_by_token("digest") == pad
    assert await store.pads("p1") == [pad]
    assert await store.revoke_pads("p1") == ["pad1"]
    assert (await store.pad_by_token("digest"), await store.pads()) == (None, [])


async def test_open_messages_come_first(database: Database) -> None:
    store = SqlFeedbackStore(database)
    message = LeftMessage(
        "m1", "c1", "YB-003", "医疗保障局", None, "p1", "533324204", "马", "13800000000", "?", 1.0, "s1"
    )
    newest = replace(message, message_id="m2", left_at=2.0)
    done = replace(message, message_id="m3", left_at=3.0, closed_at=4.0, closed_by="s2", answer="好")
    for entry in (message, newest, done):
        await store.save_message(entry)
    assert await store.messages(10) == [newest, message, done]
    assert await store.message("m3") == done


def entry(number: int) -> AuditEntry:
    return AuditEntry(float(number), "s1", "::1", "account.login", "s1", AuditResult.DONE, {"n": number})


async def test_the_audit_log_is_whole_after_entries_at_once(database: Database, tmp_path: Path) -> None:
    store = audit_store(database, tmp_path)
    await store.add(entry(0))
    await asyncio.gather(*(store.add(entry(number)) for number in range(1, 9)))
    rows = await store.entries(AuditQuery())
    assert [row.sequence for row in rows] == list(range(9, 0, -1))
    check = await store.check()
    assert (check.entries, check.broken_at) == (9, None)


async def test_the_audit_log_is_searched_by_all_that_identifies_an_act(
    database: Database, tmp_path: Path
) -> None:
    store = audit_store(database, tmp_path)
    acts = ("account.login", "account.password", "accounting.x", "staff.created")
    for number, act in enumerate(acts):
        result = AuditResult.REFUSED if number == 0 else AuditResult.DONE
        region = "5333" if number < 2 else ""
        await store.add(AuditEntry(float(number), f"s{number % 2}", "::1", act, "x", result, {}, region))

    async def found(**query: Any) -> list[int]:
        return [row.sequence for row in await store.entries(AuditQuery(**query))]

    assert await found(act="account") == [2, 1]
    assert await found(act="staff.created") == [4]
    assert await found(result=AuditResult.REFUSED) == [1]
    assert await found(subjects=frozenset({"s1"})) == [4, 2]
    assert await found(subjects=frozenset()) == []
    assert await found(regions=frozenset({"5333"})) == [2, 1]
    assert await found(since=1.0, until=3.0) == [3, 2]
    assert await found(before=3, limit=1) == [2]


@pytest.mark.parametrize("tampering", ["changed", "hidden", "removed", "cut"])
async def test_tampering_with_the_audit_log_shows(database: Database, tmp_path: Path, tampering: str) -> None:
    store = audit_store(database, tmp_path)
    for number in range(5):
        await store.add(entry(number))
    statement = {
        "changed": update(audit).where(audit.c.sequence == 3).values(document="{}"),
        "hidden": update(audit).where(audit.c.sequence == 3).values(subject="somebody else"),
        "removed": delete(audit).where(audit.c.sequence == 3),
        "cut": delete(audit).where(audit.c.sequence >= 4),
    }[tampering]
    async with database.write() as connection:
        await connection.execute(statement)
    assert (await store.check()).broken_at == (4 if tampering == "cut" else 3)


async def test_entries_of_before_the_search_are_found_and_stay_whole(tmp_path: Path) -> None:
    database = open_database(f"sqlite+aiosqlite:///{tmp_path}/x.db")
    await migrate(database)
    store = audit_store(database, tmp_path)
    for number in range(3):
        await store.add(entry(number))
    async with database.write() as connection:
        await connection.run_sync(lambda one: move(one, command.downgrade, "0002"))
    async with database.write() as connection:
        await connection.run_sync(lambda one: move(one, command.upgrade, "head"))
    assert len(await store.entries(AuditQuery(act="account.login", subjects=frozenset({"s1"})))) == 3
    assert (await store.check()).broken_at is None
    await database.close()


def move(connection: Connection, how: Callable[[Config, str], None], revision: str) -> None:
    """Bring a database to a revision."""
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    config.attributes["connection"] = connection
    how(config, revision)


async def test_minutes_of_lines_are_replaced_and_go_with_their_call(database: Database) -> None:
    calls, store = SqlCallStore(database), SqlSessionStore(database)
    for call_id in ("c1", "c2"):
        await calls.create(a_call(call_id), (), "20261128")
    lane = Lane("clerk", Direction.SEND)
    early, late, other = Block("c1", 60.0), Block("c1", 120.0), Block("c2", 60.0)
    for block in (early, late, other):
        block.add(lane, Sample(block.began_at + 2, 500, 0, None, 40, 5))
    await store.save_lines([late, early, other])
    early.add(lane, Sample(64.0, 510, 1, 2, 41, 6, -1))
    await store.save_lines([early])
    found = await store.lines("c1")
    assert [block.lanes for block in found] == [early.lanes, late.lanes]
    with pytest.raises(ConflictError):
        await store.save_lines([Block("no such call", 1.0)])
    async with database.write() as connection:
        await connection.execute(delete(calls_table).where(calls_table.c.call_id == "c1"))
    assert (await store.lines("c1"), len(await store.lines("c2"))) == ([], 1)
