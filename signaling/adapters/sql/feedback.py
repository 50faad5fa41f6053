"""Ratings, pads and messages in SQL."""

from collections.abc import Collection

from sqlalchemy import delete, insert, select, update

from signaling.adapters.documents import dump, parse
from signaling.adapters.sql.database import Database
from signaling.adapters.sql.schema import messages, pads, ratings
from signaling.domain.feedback import LeftMessage, Pad, Rating, RatingLevel


class SqlFeedbackStore:
    """FeedbackStore over a `Database`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add_rating(self, rating: Rating) -> None:
        row = {
            "call_id": rating.call_id,
            "item_code": rating.item_code,
            "level": rating.level.value,
            "given_at": rating.given_at,
            "document": dump(rating),
        }
        async with self._database.write() as connection:
            if rating.level is not RatingLevel.DEFAULT:
                await connection.execute(
                    delete(ratings).where(
                        ratings.c.call_id == rating.call_id,
                        ratings.c.item_code == rating.item_code,
                        ratings.c.level == RatingLevel.DEFAULT.value,
                    )
                )
            await connection.execute(insert(ratings).values(row))

    async def ratings(self, call_ids: Collection[str]) -> list[Rating]:
        query = (
            select(ratings.c.document)
            .where(ratings.c.call_id.in_(sorted(call_ids)))
            .order_by(ratings.c.given_at, ratings.c.item_code)
        )
        async with self._database.read() as connection:
            rows = (await connection.scalars(query)).all()
        return [parse(Rating, document) for document in rows]

    async def add_pad(self, pad: Pad, token_digest: str) -> None:
        async with self._database.write() as connection:
            await connection.execute(
                insert(pads).values(
                    pad_id=pad.pad_id,
                    point_id=pad.point_id,
                    token_digest=token_digest,
                    revoked=False,
                    document=dump(pad),
                )
            )

    async def pad_by_token(self, token_digest: str) -> Pad | None:
        query = select(pads.c.document).where(pads.c.token_digest == token_digest, pads.c.revoked.is_(False))
        async with self._database.read() as connection:
            document = await connection.scalar(query)
        return parse(Pad, document) if document is not None else None

    async def pads(self, point_id: str | None = None) -> list[Pad]:
        query = select(pads.c.document).where(pads.c.revoked.is_(False)).order_by(pads.c.pad_id)
        if point_id is not None:
            query = query.where(pads.c.point_id == point_id)
        async with self._database.read() as connection:
            rows = (await connection.scalars(query)).all()
        return [parse(Pad, document) for document in rows]

    async def revoke_pads(self, point_id: str, *, keep: int = 0) -> list[str]:
        mine = select(pads.c.document).where(pads.c.point_id == point_id, pads.c.revoked.is_(False))
        async with self._database.write() as connection:
            paired = [parse(Pad, document) for document in await connection.scalars(mine)]
            paired.sort(key=lambda pad: (pad.paired_at, pad.pad_id), reverse=True)
            ids = [pad.pad_id for pad in paired[keep:]]
            if ids:
                await connection.execute(update(pads).where(pads.c.pad_id.in_(ids)).values(revoked=True))
        return ids

    async def save_message(self, message: LeftMessage) -> None:
        row = {
            "message_id": message.message_id,
            "left_at": message.left_at,
            "closed_at": message.closed_at,
            "document": dump(message),
        }
        async with self._database.write() as connection:
            await connection.execute(self._database.upsert(messages, row))

    async def message(self, message_id: str) -> LeftMessage | None:
        async with self._database.read() as connection:
            document = await connection.scalar(
                select(messages.c.document).where(messages.c.message_id == message_id)
            )
        return parse(LeftMessage, document) if document is not None else None

    async def messages(self, limit: int, offset: int = 0) -> list[LeftMessage]:
        query = (
            select(messages.c.document)
            .order_by(messages.c.closed_at.is_not(None), messages.c.left_at.desc(), messages.c.message_id)
            .limit(limit)
            .offset(offset)
        )
        async with self._database.read() as connection:
            rows = (await connection.scalars(query)).all()
        return [parse(LeftMessage, document) for document in rows]
