"""What the search learned from sessions."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "learned_lines",
        sa.Column("call_id", sa.String(64), nullable=False),
        sa.Column("learned_at", sa.Float(53), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("call_id", name=op.f("pk_learned_lines")),
    )
    op.create_index(op.f("ix_learned_lines_learned_at"), "learned_lines", ["learned_at"], unique=False)


def downgrade() -> None:
    """Drop it."""
    op.drop_table("learned_lines")
