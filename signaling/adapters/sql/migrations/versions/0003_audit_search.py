"""The audit log is searched by subject, act, result and region."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_COLUMNS = {"subject": 64, "act": 64, "result": 16, "region_code": 64}
_ROWS_AT_ONCE = 1000


def upgrade() -> None:
    """Add the columns and fill them from the documents, which stay as they were chained.

    The documents of before have no region: the column gets that of the subject as it is now, so that the log
    of a region shows no acts of people elsewhere.
    """
    with op.batch_alter_table("audit") as table:
        for name, length in _COLUMNS.items():
            table.add_column(sa.Column(name, sa.String(length=length), nullable=False, server_default=""))
        table.create_index(op.f("ix_audit_subject_sequence"), ["subject", "sequence"])
        table.create_index(op.f("ix_audit_act_sequence"), ["act", "sequence"])
    _fill(op.get_bind())


def _fill(connection: sa.Connection) -> None:
    rows = sa.text(
        "SELECT sequence, document FROM audit WHERE sequence > :after ORDER BY sequence LIMIT :rows"
    )
    change = sa.text(
        "UPDATE audit SET subject = :subject, act = :act, result = :result, region_code = :region_code "
        "WHERE sequence = :sequence"
    )
    people = connection.execute(sa.text("SELECT staff_id, document FROM staff")).all()
    regions = {staff_id: json.loads(document)["region_code"] for staff_id, document in people}
    after = 0
    while found := connection.execute(rows, {"after": after, "rows": _ROWS_AT_ONCE}).all():
        documents = [(sequence, json.loads(document)) for sequence, document in found]
        connection.execute(
            change,
            [
                {"sequence": sequence, "region_code": regions.get(document["subject"], "")}
                | {name: str(document[name]) for name in _COLUMNS if name in document}
                for sequence, document in documents
            ],
        )
        after = documents[-1][0]


def downgrade() -> None:
    """Drop the columns."""
    with op.batch_alter_table("audit") as table:
        table.drop_index(op.f("ix_audit_act_sequence"))
        table.drop_index(op.f("ix_audit_subject_sequence"))
        for name in _COLUMNS:
            table.drop_column(name)
