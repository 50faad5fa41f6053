"""Calls have members and asks; a claim is on a person, whatever they are, and not on a call."""

import json
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_ROWS_AT_ONCE = 1000
_BEFORE_ITS_END = ("waiting", "offered", "connected", "reconnecting")


def upgrade() -> None:
    """Rewrite the documents; index the members and claim everybody of a live call."""
    op.create_table(
        "call_members",
        sa.Column("call_id", sa.String(length=64), nullable=False),
        sa.Column("who", sa.String(length=80), nullable=False),
        sa.Column("part", sa.String(length=16), nullable=False),
        sa.Column("requested_at", sa.Float(precision=53), nullable=False),
        sa.PrimaryKeyConstraint("call_id", "who", name=op.f("pk_call_members")),
    )
    op.create_index(op.f("ix_call_members_who_requested_at"), "call_members", ["who", "requested_at"])
    op.drop_table("claims")
    op.create_table(
        "claims",
        sa.Column("who", sa.String(length=80), nullable=False),
        sa.Column("call_id", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("who", name=op.f("pk_claims")),
    )
    op.create_index(op.f("ix_claims_call_id"), "claims", ["call_id"])
    _rewrite(op.get_bind())
    op.drop_index(op.f("ix_calls_clerk_id_requested_at"), table_name="calls")
    op.drop_index(op.f("ix_calls_specialist_id_requested_at"), table_name="calls")
    with op.batch_alter_table("calls") as table:
        table.drop_column("clerk_id")
        table.drop_column("specialist_id")
    op.create_index(op.f("ix_calls_connected_at"), "calls", ["connected_at"])


def _rewrite(connection: sa.Connection) -> None:
    claimed: set[str] = set()
    for calls in _pages(connection, "calls", "call_id"):
        joined = _joined(connection, calls)
        members, claims = [], []
        for call in calls:
            _seat(call, joined.get(call["call_id"], []))
            present = [member for member in call["members"] if member["left_at"] is None]
            members += [_member_row(call, member) for member in present]
            for who in [who for who in _claimed(call, present) if who not in claimed]:
                claimed.add(
                    who
                )  # of two calls of one person, which two processes could open, the first holds
                claims.append({"who": who, "call_id": call["call_id"]})
        _put(connection, "calls", ("call_id",), calls)
        _insert(connection, "call_members", members)
        _insert(connection, "claims", claims)
    for participants in _pages(connection, "participants", "call_id", "participant_id"):
        for participant in participants:
            participant["who"] = _staff(participant.pop("staff_id"))
        _put(connection, "participants", ("call_id", "participant_id"), participants)


def _pages(connection: sa.Connection, name: str, *keys: str) -> Iterator[list[dict[str, Any]]]:
    """Yield every document of a table, some rows at a time."""
    key = " || ' ' || ".join(keys)
    rows = sa.text(
        f"SELECT {key} AS place, document FROM {name} WHERE {key} > :after ORDER BY place LIMIT :rows"
    )
    after = ""
    while found := connection.execute(rows, {"after": after, "rows": _ROWS_AT_ONCE}).all():
        yield [json.loads(document) for _, document in found]
        after = found[-1][0]


def _put(
    connection: sa.Connection, name: str, keys: tuple[str, ...], documents: list[dict[str, Any]]
) -> None:
    where = " AND ".join(f"{key} = :{key}" for key in keys)
    rows = [
        {key: one[key] for key in keys} | {"document": json.dumps(one, ensure_ascii=False)}
        for one in documents
    ]
    connection.execute(sa.text(f"UPDATE {name} SET document = :document WHERE {where}"), rows)


def _insert(connection: sa.Connection, name: str, rows: list[dict[str, Any]]) -> None:
    if rows:
        connection.execute(sa.insert(sa.table(name, *map(sa.column, rows[0]))), rows)


def _joined(connection: sa.Connection, calls: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """Return who joined each call: their participant ids are the names of recorded lanes."""
    query = sa.text("SELECT document FROM participants WHERE call_id IN :calls ORDER BY participant_id")
    expanding = query.bindparams(sa.bindparam("calls", expanding=True))
    found: dict[str, list[dict[str, Any]]] = {}
    for (document,) in connection.execute(expanding, {"calls": [call["call_id"] for call in calls]}):
        participant = json.loads(document)
        found.setdefault(participant["call_id"], []).append(participant)
    return found


def _member_row(call: dict[str, Any], member: dict[str, Any]) -> dict[str, Any]:
    return {
        "call_id": call["call_id"],
        "who": _text(member["who"]),
        "part": member["part"],
        "requested_at": call["requested_at"],
    }


def _seat(call: dict[str, Any], joined: list[dict[str, Any]]) -> None:
    """Turn clerk, specialist, offer and lost parts of a document into members and asks."""
    clerk, specialist = call.pop("clerk_id"), call.pop("specialist_id", None)
    lost = {entry["part"]: entry["at"] for entry in call.pop("lost", [])}
    ended = call.get("ended_at") or call["requested_at"]
    members = [_member(clerk, "clerk", "clerk", call["requested_at"], lost_at=lost.get("clerk"))]
    since = call.get("connected_at") or call["requested_at"]
    for one in joined:
        if one["part"] == "specialist":
            stays = one["staff_id"] == specialist
            name = one["participant_id"]
            left_at = None if stays else ended
            lost_at = lost.get("specialist") if stays else None
            members.append(
                _member(one["staff_id"], "specialist", name, since, lost_at=lost_at, left_at=left_at)
            )
    seated = any(one["part"] == "specialist" and one["left_at"] is None for one in members)
    if specialist is not None and not seated:  # accepted, and never joined
        before = len(members) - 1
        name = "specialist" if not before else f"specialist-{before + 1}"
        members.append(_member(specialist, "specialist", name, since, lost_at=lost.get("specialist")))
    call["members"] = members
    offer = call.pop("offer", None)
    call["asks"] = [_ask(offer)] if offer is not None else []
    for entry in call.get("passed", []):
        entry["who"] = _staff(entry.pop("staff_id"))


def _member(
    staff_id: str,
    part: str,
    participant_id: str,
    joined_at: float,
    *,
    lost_at: float | None = None,
    left_at: float | None = None,
) -> dict[str, Any]:
    return {
        "who": _staff(staff_id),
        "part": part,
        "participant_id": participant_id,
        "joined_at": joined_at,
        "lost_at": lost_at,
        "left_at": left_at,
    }


def _ask(offer: dict[str, Any]) -> dict[str, Any]:
    return {
        "ask_id": offer["offer_id"],
        "who": _staff(offer["staff_id"]),
        "purpose": "answer",
        "made_at": offer["made_at"],
        "until": offer["expires_at"],
        "reasons": offer.get("reasons", []),
    }


def _staff(staff_id: str) -> dict[str, str]:
    return {"kind": "staff", "id": staff_id}


def _text(who: dict[str, str]) -> str:
    return f"{who['kind']}:{who['id']}"


def _claimed(call: dict[str, Any], present: list[dict[str, Any]]) -> list[str]:
    """Return whom a call has to itself: asked or in it, after it who writes the result."""
    if call["state"] == "wrap_up":
        return [_text(member["who"]) for member in present if member["part"] == "specialist"]
    if call["state"] not in _BEFORE_ITS_END:
        return []
    return [_text(one["who"]) for one in (*call["asks"], *present)]


def downgrade() -> None:
    """Keep of each call its clerk and its specialist: it had no room for others."""
    op.drop_index(op.f("ix_calls_connected_at"), table_name="calls")
    with op.batch_alter_table("calls") as table:
        table.add_column(sa.Column("clerk_id", sa.String(length=64), nullable=False, server_default=""))
        table.add_column(sa.Column("specialist_id", sa.String(length=64), nullable=True))
    op.drop_table("claims")
    op.create_table(
        "claims",
        sa.Column("staff_id", sa.String(length=64), nullable=False),
        sa.Column("call_id", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("staff_id", name=op.f("pk_claims")),
        sa.UniqueConstraint("call_id", name=op.f("uq_claims_call_id")),
    )
    _write_back(op.get_bind())
    with op.batch_alter_table("calls") as table:
        table.alter_column("clerk_id", server_default=None)
    op.create_index(op.f("ix_calls_clerk_id_requested_at"), "calls", ["clerk_id", "requested_at"])
    op.create_index(op.f("ix_calls_specialist_id_requested_at"), "calls", ["specialist_id", "requested_at"])
    op.drop_table("call_members")


def _write_back(connection: sa.Connection) -> None:
    columns = sa.text(
        "UPDATE calls SET clerk_id = :clerk_id, specialist_id = :specialist_id WHERE call_id = :call_id"
    )
    for calls in _pages(connection, "calls", "call_id"):
        held = [(call["call_id"], call["state"], _unseat(call)) for call in calls]
        _put(connection, "calls", ("call_id",), calls)
        kept = ("call_id", "clerk_id", "specialist_id")
        connection.execute(columns, [{key: call[key] for key in kept} for call in calls])
        rows = [
            {"staff_id": staff_id, "call_id": call_id}
            for call_id, state, staff_id in held
            if staff_id is not None and state != "closed"
        ]
        _insert(connection, "claims", rows)
    for participants in _pages(connection, "participants", "call_id", "participant_id"):
        for participant in participants:
            participant["staff_id"] = participant.pop("who")["id"]
        _put(connection, "participants", ("call_id", "participant_id"), participants)


def _unseat(call: dict[str, Any]) -> str | None:
    """Turn members and asks back; return the specialist the call holds."""
    present = {one["part"]: one for one in call.pop("members") if one["left_at"] is None}
    two = [(part, present[part]) for part in ("clerk", "specialist") if part in present]
    ids = {part: one["who"]["id"] for part, one in two}
    call["clerk_id"], call["specialist_id"] = ids.get("clerk", ""), ids.get("specialist")
    call["lost"] = [{"part": part, "at": one["lost_at"]} for part, one in two if one["lost_at"] is not None]
    call["offer"] = next((_offer(call["call_id"], ask) for ask in call.pop("asks")), None)
    for entry in call["passed"]:
        entry["staff_id"] = entry.pop("who")["id"]
    return call["offer"]["staff_id"] if call["offer"] else ids.get("specialist")


def _offer(call_id: str, ask: dict[str, Any]) -> dict[str, Any]:
    return {
        "offer_id": ask["ask_id"],
        "call_id": call_id,
        "staff_id": ask["who"]["id"],
        "made_at": ask["made_at"],
        "expires_at": ask["until"],
        "reasons": ask["reasons"],
    }
