"""The log of a call, appended to in the transaction of what it tells of."""

import json
from collections.abc import Sequence

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from signaling.adapters.sql.schema import call_events, calls
from signaling.domain.steps.step import Logged


async def append_alone(
    connection: AsyncConnection, call_id: str, logged: Sequence[Logged], at: float
) -> None:
    """Append to the log of a call whose row stays as it is: entries of others wait until this is done."""
    await connection.execute(select(calls.c.call_id).where(calls.c.call_id == call_id).with_for_update())
    await append_events(connection, call_id, logged, at)


async def append_events(
    connection: AsyncConnection, call_id: str, logged: Sequence[Logged], at: float
) -> None:
    """Append to a call's log; the caller holds the call's row, or has just written it."""
    if not logged:
        return
    last = await connection.scalar(
        select(func.max(call_events.c.sequence)).where(call_events.c.call_id == call_id)
    )
    rows = [
        {
            "call_id": call_id,
            "sequence": sequence,
            "at": at,
            "kind": entry.kind.value,
            "actor": entry.actor,
            "data": json.dumps(entry.data, ensure_ascii=False),
        }
        for sequence, entry in enumerate(logged, start=(last or 0) + 1)
    ]
    await connection.execute(insert(call_events), rows)
