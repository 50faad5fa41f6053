"""The audit log's digests are keyed from some entry on."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; NULL until the first keyed entry is written."""
    with op.batch_alter_table("audit_head") as table:
        table.add_column(sa.Column("keyed_from", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    """Drop it; the digests stay as they are."""
    with op.batch_alter_table("audit_head") as table:
        table.drop_column("keyed_from")
