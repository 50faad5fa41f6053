"""Helpers of counter PCs."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "helpers",
        sa.Column("helper_id", sa.String(64), nullable=False),
        sa.Column("point_id", sa.String(64), nullable=False),
        sa.Column("key_digest", sa.String(64), nullable=False),
        sa.Column("revoked", sa.Boolean(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("helper_id", name=op.f("pk_helpers")),
        sa.UniqueConstraint("key_digest", name=op.f("uq_helpers_key_digest")),
    )
    op.create_index(op.f("ix_helpers_point_id"), "helpers", ["point_id"], unique=False)


def downgrade() -> None:
    """Drop it: every helper has to be paired anew."""
    op.drop_table("helpers")
