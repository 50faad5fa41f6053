"""The index of a call's people knows from when to when each was in it; before, who had left was not in it."""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_ROWS_AT_ONCE = 200
_COLUMNS = ("call_id", "who", "part", "requested_at", "joined_at", "left_at")


def upgrade() -> None:
    """Write the index anew from the documents of the calls."""
    op.add_column("call_members", sa.Column("joined_at", sa.Float(53), nullable=False, server_default="0"))
    op.add_column("call_members", sa.Column("left_at", sa.Float(53)))
    connection = op.get_bind()
    connection.execute(sa.text("DELETE FROM call_members"))
    page = sa.text("SELECT call_id, document FROM calls WHERE call_id > :after ORDER BY call_id LIMIT :rows")
    after = ""
    while found := connection.execute(page, {"after": after, "rows": _ROWS_AT_ONCE}).all():
        rows = [row for _, document in found for row in _rows(json.loads(document))]
        connection.execute(sa.insert(sa.table("call_members", *map(sa.column, _COLUMNS))), rows)
        after = found[-1][0]


def downgrade() -> None:
    """Leave out who had left, and the times."""
    op.execute("DELETE FROM call_members WHERE left_at IS NOT NULL")
    op.drop_column("call_members", "left_at")
    op.drop_column("call_members", "joined_at")


def _rows(call: dict[str, Any]) -> list[dict[str, Any]]:
    places = sorted(call["members"], key=lambda one: (one["left_at"] is None, one["left_at"]))
    rows = {}
    for one in places:
        who = f"{one['who']['kind']}:{one['who']['id']}"
        rows[who] = {
            "call_id": call["call_id"],
            "who": who,
            "part": one["part"],
            "requested_at": call["requested_at"],
            "joined_at": one["joined_at"],
            "left_at": one["left_at"],
        }
    return list(rows.values())
