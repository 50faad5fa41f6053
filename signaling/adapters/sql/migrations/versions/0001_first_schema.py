"""The first schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create every table."""
    op.create_table(
        "audit",
        sa.Column(
            "sequence",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("at", sa.Float(precision=53), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_audit")),
    )
    op.create_index(op.f("ix_audit_at"), "audit", ["at"], unique=False)
    op.create_table(
        "audit_head",
        sa.Column("name", sa.String(length=16), nullable=False),
        sa.Column("sequence", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_audit_head")),
    )
    op.create_table(
        "call_events",
        sa.Column("call_id", sa.String(length=64), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("at", sa.Float(precision=53), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=True),
        sa.Column("data", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("call_id", "sequence", name=op.f("pk_call_events")),
    )
    op.create_index(op.f("ix_call_events_kind_at"), "call_events", ["kind", "at"], unique=False)
    op.create_table(
        "calls",
        sa.Column("call_id", sa.String(length=64), nullable=False),
        sa.Column("number", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("end", sa.String(length=16), nullable=True),
        sa.Column("drill", sa.Boolean(), nullable=False),
        sa.Column("recorded", sa.Boolean(), nullable=False),
        sa.Column("item_code", sa.String(length=64), nullable=False),
        sa.Column("department", sa.String(length=120), nullable=False),
        sa.Column("region_code", sa.String(length=64), nullable=False),
        sa.Column("clerk_id", sa.String(length=64), nullable=False),
        sa.Column("specialist_id", sa.String(length=64), nullable=True),
        sa.Column("requested_at", sa.Float(precision=53), nullable=False),
        sa.Column("connected_at", sa.Float(precision=53), nullable=True),
        sa.Column("ended_at", sa.Float(precision=53), nullable=True),
        sa.Column("closed_at", sa.Float(precision=53), nullable=True),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("call_id", name=op.f("pk_calls")),
    )
    op.create_index(
        op.f("ix_calls_clerk_id_requested_at"), "calls", ["clerk_id", "requested_at"], unique=False
    )
    op.create_index(
        op.f("ix_calls_department_connected_at"), "calls", ["department", "connected_at"], unique=False
    )
    op.create_index(op.f("ix_calls_region_code"), "calls", ["region_code"], unique=False)
    op.create_index(op.f("ix_calls_requested_at"), "calls", ["requested_at"], unique=False)
    op.create_index(
        op.f("ix_calls_specialist_id_requested_at"), "calls", ["specialist_id", "requested_at"], unique=False
    )
    op.create_index(op.f("ix_calls_state"), "calls", ["state"], unique=False)
    op.create_table(
        "cards",
        sa.Column("card_id", sa.String(length=64), nullable=False),
        sa.Column("call_id", sa.String(length=64), nullable=False),
        sa.Column("at", sa.Float(precision=53), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("card_id", name=op.f("pk_cards")),
    )
    op.create_index(op.f("ix_cards_call_id"), "cards", ["call_id"], unique=False)
    op.create_table(
        "chats",
        sa.Column("chat_id", sa.String(length=64), nullable=False),
        sa.Column("call_id", sa.String(length=64), nullable=False),
        sa.Column("at", sa.Float(precision=53), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("chat_id", name=op.f("pk_chats")),
    )
    op.create_index(op.f("ix_chats_call_id"), "chats", ["call_id"], unique=False)
    op.create_table(
        "claims",
        sa.Column("staff_id", sa.String(length=64), nullable=False),
        sa.Column("call_id", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("staff_id", name=op.f("pk_claims")),
        sa.UniqueConstraint("call_id", name=op.f("uq_claims_call_id")),
    )
    op.create_table(
        "credentials",
        sa.Column("staff_id", sa.String(length=64), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("locked_until", sa.Float(precision=53), nullable=True),
        sa.PrimaryKeyConstraint("staff_id", name=op.f("pk_credentials")),
    )
    op.create_table(
        "day_counters",
        sa.Column("day", sa.String(length=16), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_day_counters")),
    )
    op.create_table(
        "decisions",
        sa.Column(
            "decision_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("call_id", sa.String(length=64), nullable=False),
        sa.Column("at", sa.Float(precision=53), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("decision_id", name=op.f("pk_decisions")),
    )
    op.create_index(op.f("ix_decisions_call_id"), "decisions", ["call_id"], unique=False)
    op.create_table(
        "departments",
        sa.Column("department_id", sa.String(length=64), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("department_id", name=op.f("pk_departments")),
    )
    op.create_table(
        "items",
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("code", "version", name=op.f("pk_items")),
    )
    op.create_table(
        "messages",
        sa.Column("message_id", sa.String(length=64), nullable=False),
        sa.Column("left_at", sa.Float(precision=53), nullable=False),
        sa.Column("closed_at", sa.Float(precision=53), nullable=True),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_messages")),
    )
    op.create_index(op.f("ix_messages_left_at"), "messages", ["left_at"], unique=False)
    op.create_table(
        "mux_jobs",
        sa.Column("call_id", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("worker", sa.String(length=120), nullable=True),
        sa.Column("lease_until", sa.Float(precision=53), nullable=False),
        sa.Column("progress", sa.Float(precision=53), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("enqueued_at", sa.Float(precision=53), nullable=False),
        sa.PrimaryKeyConstraint("call_id", name=op.f("pk_mux_jobs")),
    )
    op.create_index(op.f("ix_mux_jobs_state"), "mux_jobs", ["state"], unique=False)
    op.create_table(
        "offerings",
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("region_code", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("code", "region_code", name=op.f("pk_offerings")),
    )
    op.create_table(
        "pads",
        sa.Column("pad_id", sa.String(length=64), nullable=False),
        sa.Column("point_id", sa.String(length=64), nullable=False),
        sa.Column("token_digest", sa.String(length=64), nullable=False),
        sa.Column("revoked", sa.Boolean(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("pad_id", name=op.f("pk_pads")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_pads_token_digest")),
    )
    op.create_index(op.f("ix_pads_point_id"), "pads", ["point_id"], unique=False)
    op.create_table(
        "participants",
        sa.Column("call_id", sa.String(length=64), nullable=False),
        sa.Column("participant_id", sa.String(length=64), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("call_id", "participant_id", name=op.f("pk_participants")),
    )
    op.create_table(
        "points",
        sa.Column("point_id", sa.String(length=64), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("point_id", name=op.f("pk_points")),
    )
    op.create_table(
        "ratings",
        sa.Column("call_id", sa.String(length=64), nullable=False),
        sa.Column("item_code", sa.String(length=64), nullable=False),
        sa.Column("level", sa.String(length=24), nullable=False),
        sa.Column("given_at", sa.Float(precision=53), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("call_id", "item_code", name=op.f("pk_ratings")),
    )
    op.create_index(op.f("ix_ratings_given_at"), "ratings", ["given_at"], unique=False)
    op.create_table(
        "recording_indexes",
        sa.Column("call_id", sa.String(length=64), nullable=False),
        sa.Column("index_json", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("call_id", name=op.f("pk_recording_indexes")),
    )
    op.create_table(
        "regions",
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("level", sa.String(length=16), nullable=False),
        sa.Column("parent", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_regions")),
    )
    op.create_table(
        "sign_ins",
        sa.Column("session_id", sa.String(length=64), nullable=False),
        sa.Column("staff_id", sa.String(length=64), nullable=False),
        sa.Column("tab", sa.String(length=32), nullable=False),
        sa.Column("token_digest", sa.String(length=64), nullable=False),
        sa.Column("previous_digest", sa.String(length=64), nullable=True),
        sa.Column("rotated_at", sa.Float(precision=53), nullable=False),
        sa.Column("created_at", sa.Float(precision=53), nullable=False),
        sa.Column("used_at", sa.Float(precision=53), nullable=False),
        sa.Column("revoked_at", sa.Float(precision=53), nullable=True),
        sa.PrimaryKeyConstraint("session_id", name=op.f("pk_sign_ins")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_sign_ins_token_digest")),
    )
    op.create_index(op.f("ix_sign_ins_previous_digest"), "sign_ins", ["previous_digest"], unique=False)
    op.create_index(op.f("ix_sign_ins_staff_id"), "sign_ins", ["staff_id"], unique=False)
    op.create_table(
        "skills",
        sa.Column("staff_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("target", sa.String(length=120), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("staff_id", "kind", "target", name=op.f("pk_skills")),
    )
    op.create_table(
        "staff",
        sa.Column("staff_id", sa.String(length=64), nullable=False),
        sa.Column("username", sa.String(length=64), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("staff_id", name=op.f("pk_staff")),
        sa.UniqueConstraint("username", name=op.f("uq_staff_username")),
    )
    op.create_table(
        "stills",
        sa.Column("still_id", sa.String(length=64), nullable=False),
        sa.Column("call_id", sa.String(length=64), nullable=False),
        sa.Column("at", sa.Float(precision=53), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("still_id", name=op.f("pk_stills")),
    )
    op.create_index(op.f("ix_stills_call_id"), "stills", ["call_id"], unique=False)
    op.create_table(
        "strokes",
        sa.Column("call_id", sa.String(length=64), nullable=False),
        sa.Column("stroke_id", sa.String(length=64), nullable=False),
        sa.Column("producer_id", sa.String(length=64), nullable=False),
        sa.Column("at", sa.Float(precision=53), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("call_id", "stroke_id", name=op.f("pk_strokes")),
    )


def downgrade() -> None:
    """Drop every table."""
    op.drop_table("strokes")
    op.drop_index(op.f("ix_stills_call_id"), table_name="stills")
    op.drop_table("stills")
    op.drop_table("staff")
    op.drop_table("skills")
    op.drop_index(op.f("ix_sign_ins_staff_id"), table_name="sign_ins")
    op.drop_index(op.f("ix_sign_ins_previous_digest"), table_name="sign_ins")
    op.drop_table("sign_ins")
    op.drop_table("regions")
    op.drop_table("recording_indexes")
    op.drop_index(op.f("ix_ratings_given_at"), table_name="ratings")
    op.drop_table("ratings")
    op.drop_table("points")
    op.drop_table("participants")
    op.drop_index(op.f("ix_pads_point_id"), table_name="pads")
    op.drop_table("pads")
    op.drop_table("offerings")
    op.drop_index(op.f("ix_mux_jobs_state"), table_name="mux_jobs")
    op.drop_table("mux_jobs")
    op.drop_index(op.f("ix_messages_left_at"), table_name="messages")
    op.drop_table("messages")
    op.drop_table("items")
    op.drop_table("departments")
    op.drop_index(op.f("ix_decisions_call_id"), table_name="decisions")
    op.drop_table("decisions")
    op.drop_table("day_counters")
    op.drop_table("credentials")
    op.drop_table("claims")
    op.drop_index(op.f("ix_chats_call_id"), table_name="chats")
    op.drop_table("chats")
    op.drop_index(op.f("ix_cards_call_id"), table_name="cards")
    op.drop_table("cards")
    op.drop_index(op.f("ix_calls_state"), table_name="calls")
    op.drop_index(op.f("ix_calls_specialist_id_requested_at"), table_name="calls")
    op.drop_index(op.f("ix_calls_requested_at"), table_name="calls")
    op.drop_index(op.f("ix_calls_region_code"), table_name="calls")
    op.drop_index(op.f("ix_calls_department_connected_at"), table_name="calls")
    op.drop_index(op.f("ix_calls_clerk_id_requested_at"), table_name="calls")
    op.drop_table("calls")
    op.drop_index(op.f("ix_call_events_kind_at"), table_name="call_events")
    op.drop_table("call_events")
    op.drop_table("audit_head")
    op.drop_index(op.f("ix_audit_at"), table_name="audit")
    op.drop_table("audit")
