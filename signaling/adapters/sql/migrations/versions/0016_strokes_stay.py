"""Strokes that were wiped stay for the replay, with when they went."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; those of before went with their rows."""
    with op.batch_alter_table("strokes") as table:
        table.add_column(sa.Column("gone_at", sa.Float(53), nullable=True))


def downgrade() -> None:
    """Forget the wiped ones: without the column they would be shown again."""
    op.execute(sa.text("DELETE FROM strokes WHERE gone_at IS NOT NULL"))
    with op.batch_alter_table("strokes") as table:
        table.drop_column("gone_at")
