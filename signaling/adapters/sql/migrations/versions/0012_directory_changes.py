"""Drafts of items, regions that are retired, and a count of the directory's changes."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the two tables and the column."""
    op.add_column("regions", sa.Column("retired", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "item_drafts",
        sa.Column("code", sa.String(64), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("code", name="pk_item_drafts"),
    )
    op.create_table(
        "directory_revision",
        sa.Column("name", sa.String(16), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_directory_revision"),
    )


def downgrade() -> None:
    """Forget them."""
    op.drop_table("directory_revision")
    op.drop_table("item_drafts")
    op.drop_column("regions", "retired")
