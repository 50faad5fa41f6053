"""Bounds on what the audit log takes of one subject: whoever can be refused can be refused for ever.

Refusals beyond the rate are counted, and the count is written with the next one or when the subject is quiet.
"""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from signaling.domain.audit import AuditEntry
from signaling.domain.ids import JsonObject

_BURST: Final = 30.0
_PER_S: Final = 0.2
_SUBJECTS: Final = 4096
_TEXT: Final = 200
"""Characters of one text; an address of a request may have 8,000."""
_DETAILS: Final = 24


def bounded(text: str) -> str:
    """Return a text that fits into a row."""
    return text if len(text) <= _TEXT else f"{text[: _TEXT - 1]}…"


def bounded_detail(detail: Mapping[str, object]) -> JsonObject:
    """Return details that fit into a row."""
    first = list(detail.items())[:_DETAILS]
    return {name: bounded(value) if isinstance(value, str) else value for name, value in first}


@dataclass(slots=True)
class _Subject:
    tokens: float
    at: float
    left_out: int = 0
    last: AuditEntry | None = None

    def refill(self, now: float) -> None:
        self.tokens = min(_BURST, self.tokens + max(0.0, now - self.at) * _PER_S)
        self.at = now

    def told(self, entry: AuditEntry) -> AuditEntry:
        """Return an entry that also tells how many were left out before it."""
        left_out, self.left_out, self.last = self.left_out, 0, None
        self.tokens -= 1.0
        return replace(entry, detail=entry.detail | {"left_out": left_out}) if left_out else entry


class RefusalLimits:
    """Which refusals are written, by subject. Wall seconds may step: a step back gives nothing."""

    def __init__(self) -> None:
        self._subjects: OrderedDict[str, _Subject] = OrderedDict()

    def take(self, entry: AuditEntry) -> AuditEntry | None:
        """Return what to write for a refusal, None when it is only counted."""
        known = self._subjects.pop(entry.subject, None) or _Subject(_BURST, entry.at)
        known.refill(entry.at)
        self._subjects[entry.subject] = known
        if len(self._subjects) > _SUBJECTS:
            self._subjects.popitem(last=False)
        if known.tokens >= 1.0:
            return known.told(entry)
        known.left_out, known.last = known.left_out + 1, entry
        return None

    def settled(self, now: float) -> list[AuditEntry]:
        """Return, of each subject that is within its rate again, the last refusal that was left out."""
        entries = []
        for known in self._subjects.values():
            if known.last is None:
                continue
            known.refill(now)
            if known.tokens >= 1.0:
                known.left_out -= 1  # the entry itself is told
                entries.append(known.told(known.last))
        return entries
