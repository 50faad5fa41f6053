"""Calls know how many items are to be rated; decisions are deleted by age."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_ROWS_AT_ONCE = 1000


def upgrade() -> None:
    """Add the column and fill it from the documents; add the index."""
    with op.batch_alter_table("calls") as table:
        table.add_column(sa.Column("item_count", sa.Integer(), nullable=False, server_default="1"))
    op.create_index(op.f("ix_decisions_at"), "decisions", ["at"], unique=False)
    _count(op.get_bind())


def _count(connection: sa.Connection) -> None:
    rows = sa.text("SELECT call_id, document FROM calls WHERE call_id > :after ORDER BY call_id LIMIT :rows")
    change = sa.text("UPDATE calls SET item_count = :items WHERE call_id = :call_id")
    after = ""
    while found := connection.execute(rows, {"after": after, "rows": _ROWS_AT_ONCE}).all():
        counts = []
        for call_id, document in found:
            result = json.loads(document).get("result")
            counts.append({"call_id": call_id, "items": len(set(result["item_codes"])) if result else 1})
        connection.execute(change, counts)
        after = found[-1][0]


def downgrade() -> None:
    """Drop both."""
    op.drop_index(op.f("ix_decisions_at"), table_name="decisions")
    with op.batch_alter_table("calls") as table:
        table.drop_column("item_count")
