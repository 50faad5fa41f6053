"""A mux job belongs to the disk its journals lie on; so does the index that is made of them."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_BEFORE = "before"
"""Disk of what was muxed when jobs had none."""


def upgrade() -> None:
    """Take old jobs as announcements, and what has an index as done on a disk of its own."""
    connection = op.get_bind()
    jobs = connection.execute(sa.text("SELECT * FROM mux_jobs")).mappings().all()
    indexes = connection.execute(sa.text("SELECT * FROM recording_indexes")).mappings().all()
    _create(with_host=True)
    muxed = {row["call_id"] for row in indexes}
    rows = [_announcement(job) for job in jobs]
    rows += [dict(job) | {"host": _BEFORE, "not_before": 0.0} for job in jobs if _is_done(job, muxed)]
    _insert("mux_jobs", rows)
    _insert("recording_indexes", [dict(row) | {"host": _BEFORE} for row in indexes])


def downgrade() -> None:
    """Keep one job and one index of each call."""
    connection = op.get_bind()
    query = "SELECT * FROM mux_jobs WHERE state IN ('queued', 'leased', 'done', 'failed') ORDER BY host"
    jobs = {row["call_id"]: dict(row) for row in connection.execute(sa.text(query)).mappings()}
    query = "SELECT * FROM recording_indexes ORDER BY host"
    indexes = {row["call_id"]: dict(row) for row in connection.execute(sa.text(query)).mappings()}
    _create(with_host=False)
    for row in (*jobs.values(), *indexes.values()):
        row.pop("host")
        row.pop("not_before", None)
    _insert("mux_jobs", list(jobs.values()))
    _insert("recording_indexes", list(indexes.values()))


def _is_done(job: sa.RowMapping, muxed: set[str]) -> bool:
    return job["state"] == "done" and job["call_id"] in muxed


def _announcement(job: sa.RowMapping) -> dict[str, object]:
    fresh = {
        "host": "",
        "not_before": 0.0,
        "attempts": 0,
        "worker": None,
        "lease_until": 0.0,
        "progress": 0.0,
    }
    return dict(job) | fresh | {"state": "queued", "error": None}


def _create(*, with_host: bool) -> None:
    later = [sa.Column("not_before", sa.Float(precision=53), nullable=False)] if with_host else []
    key = ["call_id", "host"] if with_host else ["call_id"]
    op.drop_index(op.f("ix_mux_jobs_state"), table_name="mux_jobs")
    op.drop_table("mux_jobs")
    op.create_table(
        "mux_jobs",
        sa.Column("call_id", sa.String(length=64), nullable=False),
        *_host(with_host),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("worker", sa.String(length=120), nullable=True),
        sa.Column("lease_until", sa.Float(precision=53), nullable=False),
        *later,
        sa.Column("progress", sa.Float(precision=53), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("enqueued_at", sa.Float(precision=53), nullable=False),
        sa.PrimaryKeyConstraint(*key, name=op.f("pk_mux_jobs")),
    )
    op.create_index(op.f("ix_mux_jobs_state"), "mux_jobs", ["state"], unique=False)
    op.drop_table("recording_indexes")
    op.create_table(
        "recording_indexes",
        sa.Column("call_id", sa.String(length=64), nullable=False),
        *_host(with_host),
        sa.Column("index_json", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint(*key, name=op.f("pk_recording_indexes")),
    )


def _host(wanted: bool) -> list[sa.Column[str]]:
    return [sa.Column("host", sa.String(length=64), nullable=False)] if wanted else []


def _insert(name: str, rows: list[dict[str, object]]) -> None:
    if rows:
        op.get_bind().execute(sa.insert(sa.table(name, *map(sa.column, rows[0]))), rows)
