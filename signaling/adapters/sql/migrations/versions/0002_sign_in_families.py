"""Refresh tokens belong to families; the sign-ins of before end: everybody signs in once more."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def _sign_ins(*columns: sa.Column[str] | sa.Column[bool]) -> None:
    op.drop_table("sign_ins")
    op.create_table(
        "sign_ins",
        sa.Column("session_id", sa.String(length=64), nullable=False),
        sa.Column("staff_id", sa.String(length=64), nullable=False),
        sa.Column("tab", sa.String(length=32), nullable=False),
        sa.Column("token_digest", sa.String(length=64), nullable=False),
        sa.Column("previous_digest", sa.String(length=64), nullable=True),
        *columns,
        sa.Column("rotated_at", sa.Float(precision=53), nullable=False),
        sa.Column("created_at", sa.Float(precision=53), nullable=False),
        sa.Column("used_at", sa.Float(precision=53), nullable=False),
        sa.Column("revoked_at", sa.Float(precision=53), nullable=True),
        sa.PrimaryKeyConstraint("session_id", name=op.f("pk_sign_ins")),
    )
    op.create_index(op.f("ix_sign_ins_staff_id"), "sign_ins", ["staff_id"], unique=False)


def upgrade() -> None:
    """Make the table anew, with the family, the salt and whether the newest token was shown."""
    _sign_ins(
        sa.Column("family", sa.String(length=64), nullable=False),
        sa.Column("salt", sa.String(length=64), nullable=False),
        sa.Column("confirmed", sa.Boolean(), nullable=False),
    )
    with op.batch_alter_table("sign_ins") as table:
        table.create_unique_constraint(op.f("uq_sign_ins_family"), ["family"])


def downgrade() -> None:
    """Make the table of before."""
    _sign_ins()
    with op.batch_alter_table("sign_ins") as table:
        table.create_unique_constraint(op.f("uq_sign_ins_token_digest"), ["token_digest"])
    op.create_index(op.f("ix_sign_ins_previous_digest"), "sign_ins", ["previous_digest"], unique=False)
