"""What a replay shows of remote control: spans with their pauses and clicks on the recording's clock."""

from pathlib import Path
from typing import Any

from signaling.adapters.sql.calls import SqlCallStore
from signaling.adapters.sql.database import open_database
from signaling.domain.control.doings import doings_entry
from signaling.domain.log_kinds import LogKind
from signaling.domain.steps.step import Logged
from tests.signaling.web.house import open_house
from tests.signaling.web.test_recordings import recorded
from tests.support import databases

ZERO = 1000.0
"""When the recording of `recorded` begins; it lasts 5 s."""
GRANT = {"control_id": "k1", "scopes": ["keyboard", "pointer"]}


def said(kind: LogKind, actor: str | None = None, **data: object) -> Logged:
    return Logged(kind, actor, {"control_id": "k1", **data})


async def replay_of(folder: Path, *entries: tuple[float, Logged]) -> dict[str, Any]:
    """Return the replay of a call with these entries, at seconds of the recording, in its log."""
    async with open_house(folder) as house:
        reviewer, replay = await recorded(house, folder)
        call_id = replay["row"]["call_id"]
        database = open_database(await databases.database_for(folder, databases.migrated))
        try:
            for at, logged in entries:
                await SqlCallStore(database).append(call_id, [logged], ZERO + at)
        finally:
            await database.close()
        return dict(await reviewer.ask("GET", f"/api/recordings/{call_id}"))


async def test_a_grant_is_a_span_with_pauses_counts_and_its_end(tmp_path: Path) -> None:
    done = {"since": ZERO + 1.5, "clicks": [[0, 0.25, 0.5, 0], [400, 1.0, 0.0, 2]], "drags": 1}
    more = {"clicks_unlisted": 3, "keys": [[960, 4], [1020, 2]], "texts": [[0, 7, "ab" * 16]]}
    replay = await replay_of(
        tmp_path,
        (0.5, said(LogKind.CONTROL_ASKED, "nobody-known", scopes=["pointer", "keyboard"], purpose="填表")),
        (1.0, Logged(LogKind.CONTROL_GRANTED, "a-clerk", GRANT)),
        (2.0, Logged(LogKind.CONTROL_PAUSED, "helper:h1", {**GRANT, "pause": "local_input"})),
        (2.5, Logged(LogKind.CONTROL_RESUMED, "helper:h1", GRANT)),
        (2.6, doings_entry("k1", "nobody-known", {**done, **more})),
        (3.0, Logged(LogKind.CONTROL_PAUSED, "helper:h1", {**GRANT, "pause": "a later version's"})),
        (4.0, said(LogKind.CONTROL_ENDED, None, end="expired")),
    )
    [span] = replay["controlled"]
    assert span == {
        "control_id": "k1",
        "name": "nobody-known",
        "granted_by": "a-clerk",
        "scopes": ["pointer", "keyboard"],
        "offset_ms": 1000,
        "duration_ms": 3000,
        "pauses": [
            {"offset_ms": 2000, "duration_ms": 500, "pause": "local_input"},
            {"offset_ms": 3000, "duration_ms": 1000, "pause": None},
        ],
        "end": "expired",
        "clicks": 5,
        "drags": 1,
        "keys": 6,
        "texts": 1,
        "characters": 7,
    }
    assert replay["clicks"] == [
        {"control_id": "k1", "offset_ms": 1500, "x": 0.25, "y": 0.5, "button": 0},
        {"control_id": "k1", "offset_ms": 1900, "x": 1.0, "y": 0.0, "button": 2},
    ]
    entries = {event["kind"]: event for event in replay["events"]}
    assert "clicks" not in entries["control.doings"]["data"]
    assert entries["control.doings"]["data"]["texts"] == [[0, 7, "ab" * 16]]
    assert entries["control.paused"]["actor"] is None, "a device has no name for people"


async def test_a_grant_that_nothing_ends_lasts_as_long_as_the_recording(tmp_path: Path) -> None:
    replay = await replay_of(
        tmp_path,
        (1.0, Logged(LogKind.CONTROL_GRANTED, "a-clerk", GRANT)),
        (2.0, Logged(LogKind.CONTROL_PAUSED, None, {**GRANT, "pause": "locked"})),
    )
    [span] = replay["controlled"]
    assert (span["offset_ms"], span["duration_ms"], span["end"], span["name"]) == (1000, 4000, None, "")
    assert span["pauses"] == [{"offset_ms": 2000, "duration_ms": 3000, "pause": "locked"}]


async def test_a_question_that_is_refused_is_no_span(tmp_path: Path) -> None:
    replay = await replay_of(
        tmp_path,
        (0.5, said(LogKind.CONTROL_ASKED, "x", scopes=["pointer"], purpose="")),
        (1.0, said(LogKind.CONTROL_ENDED, "a-clerk", end="refused")),
    )
    assert (replay["controlled"], replay["clicks"]) == ([], [])
