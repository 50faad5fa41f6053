"""How well the lines of a call carried it, a minute in a row."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table; its rows go with their call's."""
    op.create_table(
        "call_lines",
        sa.Column("call_id", sa.String(64), nullable=False),
        sa.Column("began_at", sa.Float(53), nullable=False),
        sa.Column("packed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["call_id"], ["calls.call_id"], name=op.f("fk_call_lines_call_id_calls"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("call_id", "began_at", name=op.f("pk_call_lines")),
    )


def downgrade() -> None:
    """Drop it: what was measured is forgotten."""
    op.drop_table("call_lines")
