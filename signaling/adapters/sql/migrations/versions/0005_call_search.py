"""Calls are searched by what people know of them, not by the text of the document."""

import json
import re
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_COLUMNS: dict[str, sa.types.TypeEngine[Any]] = {
    "point_id": sa.String(length=64),
    "applicant_name": sa.Text(),
    "applicant_phone": sa.String(length=32),
    "free_text": sa.Text(),
    "case_number": sa.Text(),
}
_ROWS_AT_ONCE = 1000


def upgrade() -> None:
    """Add the columns and fill them from the documents; calls are listed by item, too."""
    with op.batch_alter_table("calls") as table:
        for name, kind in _COLUMNS.items():
            table.add_column(sa.Column(name, kind, nullable=False, server_default=""))
    op.create_index(
        op.f("ix_calls_item_code_requested_at"), "calls", ["item_code", "requested_at"], unique=False
    )
    _fill(op.get_bind())


def _fill(connection: sa.Connection) -> None:
    rows = sa.text("SELECT call_id, document FROM calls WHERE call_id > :after ORDER BY call_id LIMIT :rows")
    change = sa.text(
        f"UPDATE calls SET {', '.join(f'{name} = :{name}' for name in _COLUMNS)} WHERE call_id = :call_id"
    )
    after = ""
    while found := connection.execute(rows, {"after": after, "rows": _ROWS_AT_ONCE}).all():
        connection.execute(change, [{"call_id": row[0]} | _searched(json.loads(row[1])) for row in found])
        after = found[-1][0]


def _searched(call: dict[str, Any]) -> dict[str, str]:
    return {
        "point_id": call["point_id"],
        "applicant_name": call["applicant"].get("name") or "",
        "applicant_phone": re.sub(r"[^0-9]", "", call["applicant"].get("phone") or ""),
        "free_text": call.get("free_text") or "",
        "case_number": (call.get("result") or {}).get("external_case_number") or "",
    }


def downgrade() -> None:
    """Drop the columns and the index."""
    op.drop_index(op.f("ix_calls_item_code_requested_at"), table_name="calls")
    with op.batch_alter_table("calls") as table:
        for name in _COLUMNS:
            table.drop_column(name)
