"""The tables. A change here needs a migration; a test compares the two."""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    false,
)

metadata: Final = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
_ID = String(64)
_SUBJECT = String(80)
_SERIAL = BigInteger().with_variant(Integer, "sqlite")

regions = Table(
    "regions",
    metadata,
    Column("code", _ID, primary_key=True),
    Column("name", Text, nullable=False),
    Column("level", String(16), nullable=False),
    Column("parent", _ID),
    Column("retired", Boolean, nullable=False, server_default=false()),
)
departments = Table(
    "departments",
    metadata,
    Column("department_id", _ID, primary_key=True),
    Column("document", Text, nullable=False),
)
points = Table(
    "points",
    metadata,
    Column("point_id", _ID, primary_key=True),
    Column("document", Text, nullable=False),
)
items = Table(
    "items",
    metadata,
    Column("code", _ID, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("document", Text, nullable=False),
)
item_drafts = Table(
    "item_drafts",
    metadata,
    Column("code", _ID, primary_key=True),
    Column("document", Text, nullable=False),
)
offerings = Table(
    "offerings",
    metadata,
    Column("code", _ID, primary_key=True),
    Column("region_code", _ID, primary_key=True),
)
staff = Table(
    "staff",
    metadata,
    Column("staff_id", _ID, primary_key=True),
    Column("username", _ID, nullable=False, unique=True),
    Column("document", Text, nullable=False),
)
skills = Table(
    "skills",
    metadata,
    Column("staff_id", _ID, primary_key=True),
    Column("kind", String(16), primary_key=True),
    Column("target", String(120), primary_key=True),
    Column("level", Integer, nullable=False),
)
directory_revision = Table(
    "directory_revision",
    metadata,
    Column("name", String(16), primary_key=True),
    Column("revision", Integer, nullable=False),
)
credentials = Table(
    "credentials",
    metadata,
    Column("staff_id", _ID, primary_key=True),
    Column("password_hash", Text, nullable=False),
)
sign_in_attempts = Table(
    "sign_in_attempts",
    metadata,
    Column("key", _ID, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("last_at", Float(53), nullable=False),
    Column("locked_until", Float(53)),
)
sign_ins = Table(
    "sign_ins",
    metadata,
    Column("session_id", _ID, primary_key=True),
    Column("staff_id", _ID, nullable=False, index=True),
    Column("tab", String(32), nullable=False),
    Column("family", _ID, nullable=False, unique=True),
    Column("token_digest", _ID, nullable=False),
    Column("previous_digest", _ID),
    Column("salt", _ID, nullable=False),
    Column("confirmed", Boolean, nullable=False),
    Column("rotated_at", Float(53), nullable=False),
    Column("created_at", Float(53), nullable=False),
    Column("used_at", Float(53), nullable=False),
    Column("revoked_at", Float(53)),
)
day_counters = Table(
    "day_counters",
    metadata,
    Column("day", String(16), primary_key=True),
    Column("last", Integer, nullable=False),
)
calls = Table(
    "calls",
    metadata,
    Column("call_id", _ID, primary_key=True),
    Column("number", String(32), nullable=False),
    Column("version", Integer, nullable=False),
    Column("state", String(16), nullable=False, index=True),
    Column("end", String(16)),
    Column("drill", Boolean, nullable=False),
    Column("recorded", Boolean, nullable=False),
    Column("item_count", Integer, nullable=False, server_default="1"),
    Column("item_code", _ID, nullable=False),
    Column("department", String(120), nullable=False),
    Column("region_code", _ID, nullable=False, index=True),
    Column("requested_at", Float(53), nullable=False, index=True),
    Column("connected_at", Float(53)),
    Column("ended_at", Float(53)),
    Column("closed_at", Float(53)),
    Column("document", Text, nullable=False),
    Column("point_id", _ID, nullable=False, server_default=""),
    Column("applicant_name", Text, nullable=False, server_default=""),
    Column("applicant_phone", String(32), nullable=False, server_default=""),
    Column("free_text", Text, nullable=False, server_default=""),
    Column("case_number", Text, nullable=False, server_default=""),
    Index(None, "item_code", "requested_at"),
    Index(None, "department", "connected_at"),
    Index(None, "connected_at"),
)
call_members = Table(
    "call_members",
    metadata,
    Column("call_id", _ID, primary_key=True),
    Column("who", _SUBJECT, primary_key=True),
    Column("part", String(16), nullable=False),
    Column("requested_at", Float(53), nullable=False),
    Column("joined_at", Float(53), nullable=False, server_default="0"),
    Column("left_at", Float(53)),
    Index(None, "who", "requested_at"),
)
claims = Table(
    "claims",
    metadata,
    Column("who", _SUBJECT, primary_key=True),
    Column("call_id", _ID, nullable=False, index=True),
)
call_events = Table(
    "call_events",
    metadata,
    Column("call_id", _ID, primary_key=True),
    Column("sequence", Integer, primary_key=True),
    Column("at", Float(53), nullable=False),
    Column("kind", String(64), nullable=False),
    Column("actor", _ID),
    Column("data", Text, nullable=False),
    Index(None, "kind", "at"),
)
decisions = Table(
    "decisions",
    metadata,
    Column("decision_id", _SERIAL, primary_key=True, autoincrement=True),
    Column("call_id", _ID, nullable=False, index=True),
    Column("at", Float(53), nullable=False, index=True),
    Column("document", Text, nullable=False),
)
participants = Table(
    "participants",
    metadata,
    Column("call_id", _ID, primary_key=True),
    Column("participant_id", _ID, primary_key=True),
    Column("document", Text, nullable=False),
)


def _off_record() -> Column[bool]:
    """What was made while recording was paused: deleted when the people of the call part."""
    return Column("off_record", Boolean, nullable=False, index=True, server_default=false())


def _of_a_call(name: str, key: str) -> Table:
    return Table(
        name,
        metadata,
        Column(key, _ID, primary_key=True),
        Column("call_id", _ID, nullable=False, index=True),
        Column("at", Float(53), nullable=False),
        _off_record(),
        Column("document", Text, nullable=False),
    )


chats = _of_a_call("chats", "chat_id")
cards = _of_a_call("cards", "card_id")
stills = _of_a_call("stills", "still_id")
files = _of_a_call("files", "file_id")
strokes = Table(
    "strokes",
    metadata,
    Column("call_id", _ID, primary_key=True),
    Column("stroke_id", _ID, primary_key=True),
    Column("producer_id", _ID, nullable=False),
    Column("at", Float(53), nullable=False),
    Column("gone_at", Float(53)),
    _off_record(),
    Column("document", Text, nullable=False),
)
call_lines = Table(
    "call_lines",
    metadata,
    Column(
        "call_id",
        _ID,
        ForeignKey("calls.call_id", name="fk_call_lines_call_id_calls", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("began_at", Float(53), primary_key=True),
    Column("packed", LargeBinary, nullable=False),
)
ratings = Table(
    "ratings",
    metadata,
    Column("call_id", _ID, primary_key=True),
    Column("item_code", _ID, primary_key=True),
    Column("level", String(24), nullable=False),
    Column("given_at", Float(53), nullable=False, index=True),
    Column("document", Text, nullable=False),
)
pads = Table(
    "pads",
    metadata,
    Column("pad_id", _ID, primary_key=True),
    Column("point_id", _ID, nullable=False, index=True),
    Column("token_digest", _ID, nullable=False, unique=True),
    Column("revoked", Boolean, nullable=False),
    Column("document", Text, nullable=False),
)
helpers = Table(
    "helpers",
    metadata,
    Column("helper_id", _ID, primary_key=True),
    Column("point_id", _ID, nullable=False, index=True),
    Column("key_digest", _ID, nullable=False, unique=True),
    Column("revoked", Boolean, nullable=False),
    Column("document", Text, nullable=False),
)
messages = Table(
    "messages",
    metadata,
    Column("message_id", _ID, primary_key=True),
    Column("left_at", Float(53), nullable=False, index=True),
    Column("closed_at", Float(53)),
    Column("document", Text, nullable=False),
)
audit = Table(
    "audit",
    metadata,
    Column("sequence", _SERIAL, primary_key=True, autoincrement=False),
    Column("at", Float(53), nullable=False, index=True),
    Column("subject", _ID, nullable=False, server_default=""),
    Column("act", _ID, nullable=False, server_default=""),
    Column("result", String(16), nullable=False, server_default=""),
    Column("region_code", _ID, nullable=False, server_default=""),
    Column("digest", _ID, nullable=False),
    Column("document", Text, nullable=False),
    Index(None, "subject", "sequence"),
    Index(None, "act", "sequence"),
)
audit_head = Table(
    "audit_head",
    metadata,
    Column("name", String(16), primary_key=True),
    Column("sequence", _SERIAL, nullable=False),
    Column("digest", _ID, nullable=False),
    Column("keyed_from", BigInteger),
)
mux_jobs = Table(
    "mux_jobs",
    metadata,
    Column("call_id", _ID, primary_key=True),
    Column("host", _ID, primary_key=True),
    Column("state", String(16), nullable=False, index=True),
    Column("attempts", Integer, nullable=False),
    Column("worker", String(120)),
    Column("lease_until", Float(53), nullable=False),
    Column("not_before", Float(53), nullable=False),
    Column("progress", Float(53), nullable=False),
    Column("error", Text),
    Column("enqueued_at", Float(53), nullable=False),
)
recording_indexes = Table(
    "recording_indexes",
    metadata,
    Column("call_id", _ID, primary_key=True),
    Column("host", _ID, primary_key=True),
    Column("index_json", Text, nullable=False),
)
learned_lines = Table(
    "learned_lines",
    metadata,
    Column("call_id", _ID, primary_key=True),
    Column("learned_at", Float(53), nullable=False, index=True),
    Column("document", Text, nullable=False),
)
