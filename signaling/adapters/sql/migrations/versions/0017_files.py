"""Files sent between counter and specialist."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "files",
        sa.Column("file_id", sa.String(64), nullable=False),
        sa.Column("call_id", sa.String(64), nullable=False),
        sa.Column("at", sa.Float(53), nullable=False),
        sa.Column("off_record", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("file_id", name=op.f("pk_files")),
    )
    op.create_index(op.f("ix_files_call_id"), "files", ["call_id"], unique=False)
    op.create_index(op.f("ix_files_off_record"), "files", ["off_record"], unique=False)


def downgrade() -> None:
    """Drop it; the bytes stay where pictures are kept."""
    op.drop_table("files")
