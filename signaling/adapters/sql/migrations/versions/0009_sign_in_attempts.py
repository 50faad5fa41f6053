"""Failed sign-ins are counted by name and place together, no longer at the account."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Who was locked out is free again: the lock was everybody's."""
    op.create_table(
        "sign_in_attempts",
        sa.Column("key", sa.String(length=64), primary_key=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.Float(precision=53), nullable=False),
        sa.Column("locked_until", sa.Float(precision=53), nullable=True),
    )
    with op.batch_alter_table("credentials") as table:
        table.drop_column("failures")
        table.drop_column("locked_until")


def downgrade() -> None:
    """Count at the account again."""
    with op.batch_alter_table("credentials") as table:
        table.add_column(sa.Column("failures", sa.Integer(), nullable=False, server_default="0"))
        table.add_column(sa.Column("locked_until", sa.Float(precision=53), nullable=True))
    op.drop_table("sign_in_attempts")
