"""Participants, chat, cards, stills, files, strokes and the quality of lines in SQL."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final, TypeVar

from sqlalchemy import ColumnElement, Table, and_, delete, func, insert, or_, select, union, update

from signaling.adapters.documents import dump, parse
from signaling.adapters.sql.call_events import append_alone
from signaling.adapters.sql.database import Database
from signaling.adapters.sql.schema import call_lines, cards, chats, files, participants, stills, strokes
from signaling.domain.collaboration import Card, Chat, Still, Stroke
from signaling.domain.files import SentFile
from signaling.domain.lines.block import Block, pack, unpack
from signaling.domain.record import Entry, Mark, RecordKind
from signaling.domain.session import Participant
from signaling.domain.steps.step import Logged

_TABLES: Final[Mapping[RecordKind, tuple[Table, type[Entry], str]]] = MappingProxyType(
    {
        RecordKind.CHAT: (chats, Chat, "chat_id"),
        RecordKind.CARDS: (cards, Card, "card_id"),
        RecordKind.STILLS: (stills, Still, "still_id"),
        RecordKind.STROKES: (strokes, Stroke, "stroke_id"),
    }
)
T = TypeVar("T")
_OF_RECORD: Final = (chats, cards, stills, strokes, files)


def _common(thing: Chat | Card | Still | Stroke | SentFile) -> dict[str, Any]:
    return {"call_id": thing.call_id, "off_record": thing.off_record, "document": dump(thing)}


class SqlSessionStore:
    """SessionStore over a `Database`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def participants(self, call_id: str) -> list[Participant]:
        return await self._of_call(participants, Participant, call_id, "participant_id")

    async def save_participant(self, participant: Participant) -> None:
        row = {
            "call_id": participant.call_id,
            "participant_id": participant.participant_id,
            "document": dump(participant),
        }
        async with self._database.write() as connection:
            await connection.execute(self._database.upsert(participants, row))

    async def add_chat(self, chat: Chat) -> None:
        row = {"chat_id": chat.chat_id, "at": chat.sent_at} | _common(chat)
        async with self._database.write() as connection:
            await connection.execute(insert(chats).values(row))

    async def chats(self, call_id: str) -> list[Chat]:
        return await self._of_call(chats, Chat, call_id, "at", "chat_id")

    async def add_card(self, card: Card, logged: Logged) -> None:
        row = {"card_id": card.card_id, "at": card.pushed_at} | _common(card)
        await self._add_logged(cards, row, logged)

    async def cards(self, call_id: str) -> list[Card]:
        return await self._of_call(cards, Card, call_id, "at", "card_id")

    async def add_still(self, still: Still, logged: Logged) -> None:
        row = {"still_id": still.still_id, "at": still.taken_at} | _common(still)
        await self._add_logged(stills, row, logged)

    async def stills(self, call_id: str) -> list[Still]:
        return await self._of_call(stills, Still, call_id, "at", "still_id")

    async def still(self, still_id: str) -> Still | None:
        async with self._database.read() as connection:
            document = await connection.scalar(select(stills.c.document).where(stills.c.still_id == still_id))
        return parse(Still, document) if document is not None else None

    async def add_file(self, file: SentFile, logged: Logged) -> None:
        row = {"file_id": file.file_id, "at": file.sent_at} | _common(file)
        await self._add_logged(files, row, logged)

    async def files(self, call_id: str) -> list[SentFile]:
        return await self._of_call(files, SentFile, call_id, "at", "file_id")

    async def file(self, file_id: str) -> SentFile | None:
        async with self._database.read() as connection:
            document = await connection.scalar(select(files.c.document).where(files.c.file_id == file_id))
        return parse(SentFile, document) if document is not None else None

    async def save_stroke(self, stroke: Stroke) -> None:
        row = {
            "stroke_id": stroke.stroke_id,
            "producer_id": stroke.producer_id,
            "at": stroke.drawn_at,
            "gone_at": stroke.gone_at,
        } | _common(stroke)
        async with self._database.write() as connection:
            await connection.execute(self._database.upsert(strokes, row))

    async def wipe_strokes(self, call_id: str, producer_id: str, at: float) -> None:
        shown = (
            strokes.c.call_id == call_id,
            strokes.c.producer_id == producer_id,
            strokes.c.gone_at.is_(None),
        )
        async with self._database.write() as connection:
            await connection.execute(update(strokes).where(*shown).values(gone_at=at))

    async def strokes(self, call_id: str) -> list[Stroke]:
        query = (
            select(strokes.c.document, strokes.c.gone_at)
            .where(strokes.c.call_id == call_id)
            .order_by(strokes.c.at, strokes.c.stroke_id)
        )
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).all()
        return [replace(parse(Stroke, row.document), gone_at=row.gone_at) for row in rows]

    async def newest(
        self,
        kind: RecordKind,
        call_id: str,
        *,
        before: Mark | None,
        limit: int,
        over: Collection[str] | None = None,
    ) -> list[tuple[Entry, int]]:
        table, entry, name = _TABLES[kind]
        wanted: list[ColumnElement[bool]] = [table.c.call_id == call_id]
        if before is not None:
            same = and_(table.c.at == before.at, table.c[name] < before.id)
            wanted.append(or_(table.c.at < before.at, same))
        if over is not None:
            wanted.append(table.c.producer_id.in_(over))
        if kind is RecordKind.STROKES:
            wanted.append(table.c.gone_at.is_(None))
        query = (
            select(table.c.document)
            .where(*wanted)
            .order_by(table.c.at.desc(), table.c[name].desc())
            .limit(limit)
        )
        async with self._database.read() as connection:
            rows = (await connection.scalars(query)).all()
        return [(parse(entry, document), len(document.encode())) for document in rows]

    async def count(self, kind: RecordKind, call_id: str) -> int:
        table, _, _ = _TABLES[kind]
        query = select(func.count()).select_from(table).where(table.c.call_id == call_id)
        async with self._database.read() as connection:
            return int(await connection.scalar(query) or 0)

    async def save_lines(self, blocks: Sequence[Block]) -> None:
        rows = [
            {"call_id": block.call_id, "began_at": block.began_at, "packed": pack(block)} for block in blocks
        ]
        async with self._database.write() as connection:
            await self._database.replace_all(connection, call_lines, rows)

    async def lines(self, call_id: str) -> list[Block]:
        query = (
            select(call_lines.c.began_at, call_lines.c.packed)
            .where(call_lines.c.call_id == call_id)
            .order_by(call_lines.c.began_at)
        )
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).all()
        return [unpack(call_id, row.began_at, row.packed) for row in rows]

    async def calls_off_record(self) -> list[str]:
        several = union(*(select(table.c.call_id).where(table.c.off_record) for table in _OF_RECORD))
        async with self._database.read() as connection:
            return list((await connection.scalars(several)).all())

    async def off_record_keys(self, call_id: str) -> list[str]:
        kept: list[Still | SentFile] = [*await self.stills(call_id), *await self.files(call_id)]
        return [one.key for one in kept if one.off_record]

    async def forget_off_record(self, call_id: str) -> None:
        async with self._database.write() as connection:
            for table in _OF_RECORD:
                await connection.execute(delete(table).where(table.c.call_id == call_id, table.c.off_record))

    async def _add_logged(self, table: Table, row: dict[str, Any], logged: Logged) -> None:
        async with self._database.write() as connection:
            await connection.execute(insert(table).values(row))
            await append_alone(connection, row["call_id"], (logged,), row["at"])

    async def _of_call(self, table: Table, kind: type[T], call_id: str, *order: str) -> list[T]:
        query = (
            select(table.c.document)
            .where(table.c.call_id == call_id)
            .order_by(*(table.c[name] for name in order))
        )
        async with self._database.read() as connection:
            rows = (await connection.scalars(query)).all()
        return [parse(kind, document) for document in rows]
