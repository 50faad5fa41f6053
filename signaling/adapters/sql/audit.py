"""The audit log in SQL: append-only, each entry chained to the one before by a keyed digest.

The key is not in the database, and the end of the log is anchored outside of it, so whoever can write the
database can neither make an entry, nor take one out, nor cut the end off unseen. Entries of versions before
the key are chained without one; the first keyed entry holds the last of them fast.
"""

import asyncio
import hashlib
import hmac
import json
import logging
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from signaling.adapters.documents import dump, parse
from signaling.adapters.sql.database import Database
from signaling.adapters.sql.schema import audit, audit_head
from signaling.domain.audit import AuditEntry
from signaling.services.stores import (
    Anchored,
    AnchorForgedError,
    AnchorState,
    AuditAnchor,
    AuditCheck,
    AuditQuery,
    AuditRow,
    ConflictError,
)

_log = logging.getLogger(__name__)
_HEAD: Final = "head"
_GENESIS: Final = "0" * 64
_TOLD_EVERY: Final = 256
"""Entries between two lines in the process's own log that tell how far the audit log has come."""


class SqlAuditStore:
    """AuditStore over a `Database`; a changed, added, moved or removed entry breaks the chain.

    Args:
        key: of the digests, at least 32 bytes.
        anchor: keeps the end of the log outside of the database.
    """

    def __init__(self, database: Database, key: bytes, anchor: AuditAnchor) -> None:
        self._database = database
        self._key = key
        self._anchor = anchor

    async def add(self, entry: AuditEntry) -> None:
        """Append; of two first entries at once one finds the chain begun and tries again."""
        try:
            anchored = await self._append(entry)
        except ConflictError:
            anchored = await self._append(entry)
        if anchored is not None:
            await self._hold(anchored)

    async def anchor(self) -> None:
        """Anchor the log as it is when nothing anchors it yet: call once before the first entry of a life."""
        try:
            if await self._anchor.read() is not None:
                return
        except AnchorForgedError:
            _log.error("the anchor of the audit log was changed; see `bangban admin audit-check`")
            return
        async with self._database.read() as connection:
            head = (await connection.execute(select(audit_head))).one_or_none()
        if head is not None:
            _log.warning("the audit log of %d entries had no anchor here and has one now", head.sequence)
            await self._hold(Anchored(head.sequence, head.digest, head.keyed_from or head.sequence + 1))

    async def _append(self, entry: AuditEntry) -> Anchored | None:
        """Write an entry; return where the log ends now, None when it does not go on from where it was."""
        document = dump(entry)
        async with self._database.write() as connection:
            genesis = {"name": _HEAD, "sequence": 0, "digest": _GENESIS, "keyed_from": 1}
            head = (await connection.execute(select(audit_head).with_for_update())).one_or_none()
            if head is None:
                await connection.execute(insert(audit_head).values(genesis))
            sequence = (head.sequence if head else 0) + 1
            keyed_from = (head.keyed_from if head else None) or sequence
            digest = self._keyed(sequence, head.digest if head else _GENESIS, document)
            row = {"sequence": sequence, "digest": digest, "document": document} | _columns(entry)
            await connection.execute(insert(audit).values(row))
            end = {"sequence": sequence, "digest": digest, "keyed_from": keyed_from}
            await connection.execute(update(audit_head).values(end))
            goes_on = await self._goes_on(connection)
        return Anchored(sequence, digest, keyed_from) if goes_on else None

    async def _goes_on(self, connection: AsyncConnection) -> bool:
        """True while the anchored entry is what was anchored: over a log that was cut it never moves."""
        try:
            anchored = await self._anchor.read()
        except AnchorForgedError:
            anchored = Anchored(0, "", 0)
        if anchored is None:
            return True
        found = await connection.scalar(select(audit.c.digest).where(audit.c.sequence == anchored.sequence))
        if found != anchored.digest:
            _log.error("the audit log or its anchor was changed; see `bangban admin audit-check`")
        return bool(found == anchored.digest)

    async def _hold(self, anchored: Anchored) -> None:
        """Move the anchor on; an entry that is written counts, whatever becomes of that."""
        if anchored.sequence % _TOLD_EVERY == 1:
            _log.info("the audit log is at entry %d, digest %s", anchored.sequence, anchored.digest)
        try:
            await asyncio.shield(self._anchor.advance(anchored))
        except (OSError, AnchorForgedError) as error:
            _log.error("the audit log could not be anchored (%s)", type(error).__name__)

    async def entries(self, query: AuditQuery) -> list[AuditRow]:
        page = (
            select(audit.c.sequence, audit.c.document)
            .where(*_conditions(query))
            .order_by(audit.c.sequence.desc())
            .limit(query.limit)
        )
        async with self._database.read() as connection:
            rows = (await connection.execute(page)).all()
        return [AuditRow(row.sequence, parse(AuditEntry, row.document)) for row in rows]

    async def check(self) -> AuditCheck:
        """Follow the chain; what is searched by must say what the chained document says."""
        try:
            anchored = await self._anchor.read()
        except AnchorForgedError:
            return AuditCheck(0, None, _GENESIS, AnchorState.FORGED)
        async with self._database.read() as connection:
            head = (await connection.execute(select(audit_head))).one_or_none()
            found = await self._follow(connection, self._keyed_from(head, anchored), anchored)
        if found.broken_at is not None:
            return found
        end = (head.sequence, head.digest) if head else (0, _GENESIS)
        if end != (found.entries, found.digest) or (anchored and anchored.sequence > found.entries):
            return AuditCheck(found.entries, found.entries + 1, found.digest, found.anchor)
        return found

    @staticmethod
    def _keyed_from(head: Row[Any] | None, anchored: Anchored | None) -> int:
        """Return the first keyed entry: as anchored, since the database may say anything."""
        if anchored is not None:
            return anchored.keyed_from
        if head is None:
            return 1
        keyed_from: int = head.keyed_from or head.sequence + 1
        return keyed_from

    async def _follow(
        self, connection: AsyncConnection, keyed_from: int, anchored: Anchored | None
    ) -> AuditCheck:
        """Check each entry, and that the anchored one is the one that was anchored."""
        previous, expected = _GENESIS, 1
        anchor = AnchorState.HELD if anchored else AnchorState.MISSING
        rows = await connection.stream(select(audit).order_by(audit.c.sequence))
        async for row in rows:
            digest = self._digest(expected, previous, row.document, keyed=expected >= keyed_from)
            if anchored is not None and anchored.sequence == expected and anchored.digest != digest:
                return AuditCheck(expected - 1, expected, previous, anchor)
            if (row.sequence, row.digest) != (expected, digest) or not _says_what_it_is_found_by(row):
                return AuditCheck(expected - 1, expected, previous, anchor)
            previous, expected = digest, expected + 1
        if expected == 1 and anchored is None:
            anchor = AnchorState.HELD  # nothing was ever written
        return AuditCheck(expected - 1, None, previous, anchor)

    def _digest(self, sequence: int, previous: str, document: str, *, keyed: bool) -> str:
        return self._keyed(sequence, previous, document) if keyed else chain(previous, document)

    def _keyed(self, sequence: int, previous: str, document: str) -> str:
        said = f"{sequence}\n{previous}\n{document}".encode()
        return hmac.new(self._key, said, hashlib.sha256).hexdigest()


def chain(previous: str, document: str) -> str:
    """Return the digest of an entry of before there was a key."""
    return hashlib.sha256(f"{previous}\n{document}".encode()).hexdigest()


def _says_what_it_is_found_by(row: Row[Any]) -> bool:
    entry = _columns(parse(AuditEntry, row.document))
    chained = json.loads(row.document).keys()  # the first schema's documents have no region
    return all(row._mapping[name] == value for name, value in entry.items() if name in chained)


def _columns(entry: AuditEntry) -> dict[str, Any]:
    """Return what the log is searched by."""
    return {
        "at": entry.at,
        "subject": entry.subject,
        "act": entry.act,
        "result": entry.result.value,
        "region_code": entry.region_code,
    }


def _conditions(query: AuditQuery) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if query.regions is not None:
        found.append(audit.c.region_code.in_(sorted(query.regions)))
    if query.subjects is not None:
        found.append(audit.c.subject.in_(sorted(query.subjects)))
    if query.act is not None:
        family = audit.c.act.startswith(f"{query.act}.", autoescape=True)
        found.append(or_(audit.c.act == query.act, family))
    if query.result is not None:
        found.append(audit.c.result == query.result.value)
    if query.since is not None:
        found.append(audit.c.at >= query.since)
    if query.until is not None:
        found.append(audit.c.at < query.until)
    if query.before is not None:
        found.append(audit.c.sequence < query.before)
    return found
