"""Calls in SQL: row + version + event log + members + claims in one transaction."""

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, delete, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from signaling.adapters.documents import dump, parse
from signaling.adapters.sql.call_events import append_alone, append_events
from signaling.adapters.sql.database import Database
from signaling.adapters.sql.schema import (
    call_events,
    call_members,
    calls,
    claims,
    day_counters,
    decisions,
    ratings,
)
from signaling.domain.call_model import Call, CallEnd, CallEvent, CallState
from signaling.domain.log_kinds import LogKind
from signaling.domain.members import Part
from signaling.domain.routing.decision import Decision
from signaling.domain.steps.step import Logged
from signaling.domain.subject import Subject
from signaling.services.stores import CallQuery, ClaimedError, ConflictError, StaffLoad, WaitSamples


def _columns(call: Call) -> dict[str, Any]:
    return {
        "call_id": call.call_id,
        "number": call.number,
        "version": call.version,
        "state": call.state.value,
        "end": call.end.value if call.end else None,
        "drill": call.drill,
        "recorded": call.consent.agreed and call.connected_at is not None,
        "item_count": len(set(call.result.item_codes)) if call.result else 1,
        "item_code": call.item_code,
        "department": call.department,
        "region_code": call.region_code,
        "requested_at": call.requested_at,
        "connected_at": call.connected_at,
        "ended_at": call.ended_at,
        "closed_at": call.closed_at,
        "document": dump(call),
        "point_id": call.point_id,
        "applicant_name": call.applicant.name or "",
        "applicant_phone": _digits(call.applicant.phone or ""),
        "free_text": call.free_text,
        "case_number": (call.result.external_case_number if call.result else None) or "",
    }


def _digits(phone: str) -> str:
    """Return a phone without what people write between its digits."""
    return re.sub(r"[^0-9]", "", phone)


_WRITTEN: Final = (calls.c.number, calls.c.applicant_name, calls.c.free_text, calls.c.case_number)
_PHONE_DIGITS: Final = 4
"""As many last digits of a phone people tell; fewer would find everybody."""


def _says(query: CallQuery) -> ColumnElement[bool]:
    """Match what is written in a call, its applicant's phone from the end, and what it refers to by name."""
    ways = [column.icontains(query.text, autoescape=True) for column in _WRITTEN]
    if len(digits := _digits(query.text)) >= _PHONE_DIGITS and not re.search(r"[^0-9+ -]", query.text):
        ways.append(calls.c.applicant_phone.endswith(digits))
    return or_(
        *ways,
        calls.c.item_code.in_(sorted(query.text_items)),
        calls.c.point_id.in_(sorted(query.text_points)),
        _has_member(*sorted(query.text_staff)),
    )


def _has_member(*staff_ids: str) -> ColumnElement[bool]:
    """Match the calls of any of these people."""
    who = [str(Subject.of_staff(staff_id)) for staff_id in staff_ids]
    return calls.c.call_id.in_(select(call_members.c.call_id).where(call_members.c.who.in_(who)))


class SqlCallStore:
    """CallStore over a `Database`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(self, call: Call, logged: Sequence[Logged], day: str) -> Call:
        async with self._database.write() as connection:
            count = await connection.scalar(self._database.counter(day_counters, "day", day, "last"))
            numbered = replace(call, number=f"{day[4:]}-{count:03d}")
            await connection.execute(insert(calls).values(_columns(numbered)))
            await _keep_members(connection, None, numbered)
            await _keep_claims(connection, frozenset(), numbered)
            await append_events(connection, call.call_id, logged, call.requested_at)
        return numbered

    async def load(self, call_id: str) -> Call | None:
        async with self._database.read() as connection:
            document = await connection.scalar(select(calls.c.document).where(calls.c.call_id == call_id))
        return parse(Call, document) if document is not None else None

    async def save(self, before: Call, after: Call, logged: Sequence[Logged], at: float) -> None:
        async with self._database.write() as connection:
            changed = await connection.execute(
                update(calls)
                .where(calls.c.call_id == before.call_id, calls.c.version == before.version)
                .values(_columns(after))
            )
            if changed.rowcount != 1:
                raise ConflictError(f"call {before.call_id} is past version {before.version}")
            await _keep_members(connection, before, after)
            await _keep_claims(connection, before.claimed, after)
            await append_events(connection, after.call_id, logged, at)

    async def append(self, call_id: str, logged: Sequence[Logged], at: float) -> None:
        async with self._database.write() as connection:
            await append_alone(connection, call_id, logged, at)

    async def events(
        self, call_id: str, *, before: int | None = None, limit: int | None = None
    ) -> list[CallEvent]:
        query = select(call_events).where(call_events.c.call_id == call_id)
        if before is not None:
            query = query.where(call_events.c.sequence < before)
        newest_first = query.order_by(call_events.c.sequence.desc()).limit(limit)
        async with self._database.read() as connection:
            rows = (await connection.execute(newest_first)).all()
        return [
            CallEvent(row.call_id, row.sequence, row.at, row.kind, row.actor, json.loads(row.data))
            for row in reversed(rows)
        ]

    async def live(self) -> list[Call]:
        return await self._calls(select(calls.c.document).where(calls.c.state != CallState.CLOSED.value))

    async def of_staff(self, staff_id: str, since: float) -> list[Call]:
        return await self._calls(
            select(calls.c.document)
            .join(call_members, call_members.c.call_id == calls.c.call_id)
            .where(
                call_members.c.who == str(Subject.of_staff(staff_id)),
                call_members.c.requested_at >= since,
            )
            .order_by(calls.c.requested_at.desc())
        )

    async def search(self, query: CallQuery) -> tuple[list[Call], int]:
        conditions = [calls.c.state == CallState.CLOSED.value]
        if query.regions is not None:
            conditions.append(calls.c.region_code.in_(sorted(query.regions)))
        if query.departments is not None:
            conditions.append(calls.c.department.in_(sorted(query.departments)))
        if query.text:
            conditions.append(_says(query))
        if query.since is not None:
            conditions.append(calls.c.requested_at >= query.since)
        if query.until is not None:
            conditions.append(calls.c.requested_at < query.until)
        if query.item_code is not None:
            conditions.append(calls.c.item_code == query.item_code)
        if query.staff_id is not None:
            conditions.append(_has_member(query.staff_id))
        page = (
            select(calls.c.document)
            .where(*conditions)
            .order_by(calls.c.requested_at.desc(), calls.c.call_id)
            .limit(query.limit)
            .offset(query.offset)
        )
        async with self._database.read() as connection:
            total = await connection.scalar(select(func.count()).select_from(calls).where(*conditions))
            rows = (await connection.scalars(page)).all()
        return [parse(Call, document) for document in rows], int(total or 0)

    async def save_decisions(self, made: Sequence[Decision]) -> None:
        rows = [
            {"call_id": decision.request.call_id, "at": decision.at, "document": dump(decision)}
            for decision in made
        ]
        async with self._database.write() as connection:
            await connection.execute(insert(decisions), rows)

    async def decisions(self, call_id: str, *, limit: int | None = None) -> list[Decision]:
        newest_first = (
            select(decisions.c.document)
            .where(decisions.c.call_id == call_id)
            .order_by(decisions.c.decision_id.desc())
            .limit(limit)
        )
        async with self._database.read() as connection:
            rows = (await connection.scalars(newest_first)).all()
        return [parse(Decision, document) for document in reversed(rows)]

    async def forget_decisions(self, before: float) -> int:
        async with self._database.write() as connection:
            return (await connection.execute(delete(decisions).where(decisions.c.at < before))).rowcount

    async def loads(self, since: float, *, drills: bool) -> list[StaffLoad]:
        joined, left = call_members.c.joined_at, call_members.c.left_at
        ended = func.coalesce(left, calls.c.ended_at, joined)
        closed = func.coalesce(left, calls.c.closed_at, ended)
        query = (
            select(
                call_members.c.who,
                func.count(),
                func.sum(ended - joined),
                func.sum(closed - joined),
            )
            .join(call_members, call_members.c.call_id == calls.c.call_id)
            .where(
                calls.c.connected_at >= since,
                call_members.c.part == Part.SPECIALIST.value,
                *(() if drills else (calls.c.drill.is_(False),)),
            )
            .group_by(call_members.c.who)
        )
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).all()
        return [
            StaffLoad(Subject.parse(who).id, count, float(talk_s), float(handling_s))
            for who, count, talk_s, handling_s in rows
        ]

    async def samples(self, department: str, limit: int, *, drills: bool) -> WaitSamples:
        query = (
            select(calls.c.requested_at, calls.c.connected_at, calls.c.closed_at)
            .where(
                calls.c.department == department,
                calls.c.connected_at.is_not(None),
                *(() if drills else (calls.c.drill.is_(False),)),
            )
            .order_by(calls.c.connected_at.desc())
            .limit(limit)
        )
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).all()
        return WaitSamples(
            tuple(row.connected_at - row.requested_at for row in rows),
            tuple(row.closed_at - row.connected_at for row in rows if row.closed_at is not None),
        )

    async def missed(self, staff_id: str, since: float) -> int:
        query = (
            select(func.count())
            .select_from(call_events)
            .where(
                call_events.c.kind == LogKind.OFFER_MISSED.value,
                call_events.c.at >= since,
                call_events.c.actor == staff_id,
            )
        )
        async with self._database.read() as connection:
            return int(await connection.scalar(query) or 0)

    async def unrated(self, ended_before: float, limit: int) -> list[Call]:
        mine = ratings.c.call_id == calls.c.call_id
        rated = select(func.count()).select_from(ratings).where(mine).scalar_subquery()
        return await self._calls(
            select(calls.c.document)
            .where(
                and_(
                    calls.c.state == CallState.CLOSED.value,
                    calls.c.end == CallEnd.COMPLETED.value,
                    calls.c.drill.is_(False),
                    calls.c.ended_at < ended_before,
                    rated < calls.c.item_count,
                )
            )
            .order_by(calls.c.ended_at)
            .limit(limit)
        )

    async def _calls(self, query: Select[str]) -> list[Call]:
        async with self._database.read() as connection:
            rows = (await connection.scalars(query)).all()
        return [parse(Call, document) for document in rows]


async def _keep_members(connection: AsyncConnection, before: Call | None, after: Call) -> None:
    """Index who is or was in a call, and from when to when."""
    rows = _member_rows(after)
    if before is not None and _member_rows(before) == rows:
        return
    await connection.execute(delete(call_members).where(call_members.c.call_id == after.call_id))
    await connection.execute(insert(call_members), rows)


def _member_rows(call: Call) -> list[dict[str, Any]]:
    """Return a row for each person: of who had several places the one they hold, else the last they held."""
    places = sorted(call.members, key=lambda member: (member.left_at is None, member.left_at))
    rows = {
        str(member.who): {
            "call_id": call.call_id,
            "who": str(member.who),
            "part": member.part.value,
            "requested_at": call.requested_at,
            "joined_at": member.joined_at,
            "left_at": member.left_at,
        }
        for member in places
    }
    return list(rows.values())


async def _keep_claims(connection: AsyncConnection, before: frozenset[Subject], after: Call) -> None:
    """Let a person be in one call at most; the key decides between two transactions at once."""
    given_up = sorted(str(who) for who in before - after.claimed)
    if given_up:
        await connection.execute(
            delete(claims).where(claims.c.call_id == after.call_id, claims.c.who.in_(given_up))
        )
    wanted = sorted(str(who) for who in after.claimed - before)  # in one order everywhere: no deadlock
    if not wanted:
        return
    if (taken := await connection.scalar(select(claims.c.who).where(claims.c.who.in_(wanted)))) is not None:
        raise ClaimedError(f"{taken} is in another call")
    try:
        await connection.execute(insert(claims), [{"who": who, "call_id": after.call_id} for who in wanted])
    except IntegrityError as error:  # another transaction claimed them since they were looked up
        raise ClaimedError(f"one of {len(wanted)} is in another call") from error
