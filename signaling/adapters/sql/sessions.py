"""Participants, chat, cards, stills and strokes in SQL."""

from typing import Any, TypeVar

from sqlalchemy import Table, delete, insert, select

from signaling.adapters.documents import dump, parse
from signaling.adapters.sql.database import Database
from signaling.adapters.sql.schema import cards, chats, participants, stills, strokes
from signaling.domain.collaboration import Card, Chat, Still, Stroke
from signaling.domain.session import Participant

T = TypeVar("T")


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
        await self._add(
            chats, chat_id=chat.chat_id, call_id=chat.call_id, at=chat.sent_at, document=dump(chat)
        )

    async def chats(self, call_id: str) -> list[Chat]:
        return await self._of_call(chats, Chat, call_id, "at", "chat_id")

    async def add_card(self, card: Card) -> None:
        await self._add(
            cards, card_id=card.card_id, call_id=card.call_id, at=card.pushed_at, document=dump(card)
        )

    async def cards(self, call_id: str) -> list[Card]:
        return await self._of_call(cards, Card, call_id, "at", "card_id")

    async def add_still(self, still: Still) -> None:
        await self._add(
            stills, still_id=still.still_id, call_id=still.call_id, at=still.taken_at, document=dump(still)
        )

    async def stills(self, call_id: str) -> list[Still]:
        return await self._of_call(stills, Still, call_id, "at", "still_id")

    async def still(self, still_id: str) -> Still | None:
        async with self._database.read() as connection:
            document = await connection.scalar(select(stills.c.document).where(stills.c.still_id == still_id))
        return parse(Still, document) if document is not None else None

    async def save_stroke(self, stroke: Stroke) -> None:
        row = {
            "call_id": stroke.call_id,
            "stroke_id": stroke.stroke_id,
            "producer_id": stroke.producer_id,
            "at": stroke.drawn_at,
            "document": dump(stroke),
        }
        async with self._database.write() as connection:
            await connection.execute(self._database.upsert(strokes, row))

    async def clear_strokes(self, call_id: str, producer_id: str) -> None:
        async with self._database.write() as connection:
            await connection.execute(
                delete(strokes).where(strokes.c.call_id == call_id, strokes.c.producer_id == producer_id)
            )

    async def strokes(self, call_id: str) -> list[Stroke]:
        return await self._of_call(strokes, Stroke, call_id, "at", "stroke_id")

    async def _add(self, table: Table, **row: Any) -> None:
        async with self._database.write() as connection:
            await connection.execute(insert(table).values(**row))

    async def _of_call(self, table: Table, kind: type[T], call_id: str, *order: str) -> list[T]:
        query = (
            select(table.c.document)
            .where(table.c.call_id == call_id)
            .order_by(*(table.c[name] for name in order))
        )
        async with self._database.read() as connection:
            rows = (await connection.scalars(query)).all()
        return [parse(kind, document) for document in rows]
