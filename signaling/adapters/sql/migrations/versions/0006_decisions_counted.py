"""Routing decisions name the plausible and store the policy; before, they named everybody with the skill."""

import json
from collections import Counter
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_COUNTED = ("no_skill", "out_of_region", "offline", "away", "busy", "wrap_up", "ringing")
"""Reasons that were about a person and not about this call."""
_PROFILE = ("skill_level", "reach", "languages")
_STANDING = ("state", "idle_since", "last_offered_at", "calls_today", "talk_today_s")
_ROWS_AT_ONCE = 20
"""One decision about a thousand people takes a quarter of a megabyte."""


def _step(name: str, widest: str, language: bool) -> dict[str, Any]:
    return {"name": name, "widest": widest, "language": language, "least_level": 1, "expires_after": 30.0}


_POLICY = {
    "name": "default",
    "steps": [
        _step("own_county_with_language", "county", True),
        _step("own_county", "county", False),
        _step("prefecture_with_language", "prefecture", True),
        _step("prefecture", "province", False),
    ],
}
"""The only policy there was."""


def upgrade() -> None:
    """Rewrite every decision."""
    connection = op.get_bind()
    rows = sa.text(
        "SELECT decision_id, document FROM decisions"
        " WHERE decision_id > :after ORDER BY decision_id LIMIT :rows"
    )
    change = sa.text("UPDATE decisions SET document = :document WHERE decision_id = :decision_id")
    after = 0
    while found := connection.execute(rows, {"after": after, "rows": _ROWS_AT_ONCE}).all():
        documents = [{"decision_id": row[0], "document": _rewritten(row[1])} for row in found]
        connection.execute(change, documents)
        after = found[-1][0]


def _rewritten(document: str) -> str:
    decision = json.loads(document)
    people = {person["staff_id"]: _candidate(person) for person in decision.pop("candidates")}
    named, counts = [], Counter[tuple[int | None, str]]()
    for entry in decision["considered"]:
        if entry["reason"] not in _COUNTED:
            candidate = people[entry.pop("staff_id")]
            named.append({"candidate": candidate, **entry})
        elif entry["reason"] != "no_skill":
            out = entry["reason"] == "out_of_region"
            counts[None if out else entry["step"], entry["reason"]] += 1
    passed_over = [
        {"step": step, "reason": reason, "count": count}
        for (step, reason), count in sorted(
            counts.items(), key=lambda item: (-1 if item[0][0] is None else item[0][0], item[0][1])
        )
    ]
    rewritten = {**decision, "policy": _POLICY, "considered": named, "passed_over": passed_over}
    return json.dumps(rewritten, ensure_ascii=False)


def _candidate(person: dict[str, Any]) -> dict[str, Any]:
    return {
        "staff_id": person["staff_id"],
        "profile": {name: person[name] for name in _PROFILE},
        "standing": {name: person[name] for name in _STANDING},
        "ringing": person["ringing"],
    }


def downgrade() -> None:
    """Forget them: the people who were only counted are not named any more."""
    op.execute("DELETE FROM decisions")
