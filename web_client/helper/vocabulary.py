"""The closed sets and bounds of the control channel, for its messages and for whoever obeys them."""

from __future__ import annotations

from enum import Enum

PROTOCOL = 1
MAX_MESSAGE_BYTES = 131_072
MAX_TEXT = 2_000
"""Characters of one text; what is longer is sent in pieces."""
MAX_CLIPBOARD = 20_000
"""Characters of one clipboard; with four bytes each they fit into one X request and one message."""
MAX_POINTS = 256
MAX_COUNT = 2**53 - 1
"""The greatest whole number JavaScript counts exactly."""


class State(Enum):
    """What the counter PC lets the other side do now."""

    IDLE = "idle"
    GRANTED = "granted"
    PAUSED_LOCAL = "paused_local"
    PAUSED_RATE = "paused_rate"
    LOCKED = "locked"
    REVOKED = "revoked"


class Scope(Enum):
    """What a grant may contain; without any it lets nothing happen."""

    POINTER = "pointer"
    KEYBOARD = "keyboard"
    TEXT = "text"
    CLIPBOARD = "clipboard"
    DRAW = "draw"


class Reason(Enum):
    """Why the state is what it is."""

    CONNECTED = "connected"
    CONSENT = "consent"
    LOCAL_INPUT = "local_input"
    LOCAL_QUIET = "local_quiet"
    TOO_FAST = "too_fast"
    CALMED = "calmed"
    DESKTOP_LOCKED = "desktop_locked"
    DESKTOP_UNLOCKED = "desktop_unlocked"
    ESCAPED = "escaped"
    STOPPED = "stopped"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    SILENT = "silent"
    VIOLATION = "violation"
    MONITOR_GONE = "monitor_gone"
    DISCONNECTED = "disconnected"
    WATCHDOG_LOST = "watchdog_lost"


class Refusal(Enum):
    """Why a message was not obeyed; `words.refusal` has the sentences."""

    MALFORMED = "malformed"
    OVERSIZED = "oversized"
    UNKNOWN_VERSION = "unknown_version"
    UNKNOWN_TYPE = "unknown_type"
    BAD_FIELD = "bad_field"
    OUT_OF_ORDER = "out_of_order"
    STALE_GRANT = "stale_grant"
    NO_GRANT = "no_grant"
    SECOND_GRANT = "second_grant"
    OUT_OF_SCOPE = "out_of_scope"
    STALE_GEOMETRY = "stale_geometry"
    UNKNOWN_MONITOR = "unknown_monitor"
    UNKNOWN_KEY = "unknown_key"
    PAUSED = "paused"
    UNREADABLE = "unreadable"
    TOO_OLD = "too_old"
    BAD_CODE = "bad_code"
    UNKNOWN_DEVICE = "unknown_device"
    NOT_SIGNED_IN = "not_signed_in"
    NOT_YOURS = "not_yours"
    CONTROL_GONE = "control_gone"
    SECOND_PAGE = "second_page"


class Chord(Enum):
    """The keys that make an application take a text from the clipboard."""

    CTRL_V = "ctrl_v"
    CTRL_SHIFT_V = "ctrl_shift_v"
    SHIFT_INSERT = "shift_insert"
