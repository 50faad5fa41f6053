"""What is made while recording is paused is off the record; titles of shared windows are no longer kept."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_TABLES = ("chats", "cards", "stills", "strokes")
_ROWS_AT_ONCE = 1000


def upgrade() -> None:
    """Add the columns: nothing of before is off the record. Drop what browsers said about their tracks."""
    for name in _TABLES:
        with op.batch_alter_table(name) as table:
            table.add_column(sa.Column("off_record", sa.Boolean(), nullable=False, server_default=sa.false()))
            table.create_index(op.f(f"ix_{name}_off_record"), ["off_record"])
    _forget_labels(op.get_bind())


def _forget_labels(connection: sa.Connection) -> None:
    rows = sa.text(
        "SELECT call_id, sequence, data FROM call_events WHERE kind = 'track.started' AND "
        "(call_id > :call_id OR (call_id = :call_id AND sequence > :sequence)) "
        "ORDER BY call_id, sequence LIMIT :rows"
    )
    change = sa.text("UPDATE call_events SET data = :data WHERE call_id = :call_id AND sequence = :sequence")
    last = {"call_id": "", "sequence": 0}
    while found := connection.execute(rows, last | {"rows": _ROWS_AT_ONCE}).all():
        connection.execute(change, [_without_label(*row) for row in found])
        last = {"call_id": found[-1][0], "sequence": found[-1][1]}


def _without_label(call_id: str, sequence: int, data: str) -> dict[str, object]:
    kept = {name: value for name, value in json.loads(data).items() if name != "label"}
    return {"call_id": call_id, "sequence": sequence, "data": json.dumps(kept, ensure_ascii=False)}


def downgrade() -> None:
    """Drop the columns."""
    for name in _TABLES:
        with op.batch_alter_table(name) as table:
            table.drop_index(op.f(f"ix_{name}_off_record"))
            table.drop_column("off_record")
