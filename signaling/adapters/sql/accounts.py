"""Credentials and sign-ins in SQL."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import Row, delete, or_, select, update

from signaling.adapters.sql.database import Database, batched
from signaling.adapters.sql.schema import credentials, sign_in_attempts, sign_ins
from signaling.services.stores import Attempts, ConflictError, Credential, SignIn


def _sign_in(row: Row[Any] | None) -> SignIn | None:
    return SignIn(**row._mapping) if row is not None else None


def _columns(sign_in: SignIn) -> dict[str, Any]:
    return {name: getattr(sign_in, name) for name in SignIn.__dataclass_fields__}


class SqlAccountStore:
    """AccountStore over a `Database`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def credential(self, staff_id: str) -> Credential | None:
        query = select(credentials).where(credentials.c.staff_id == staff_id)
        async with self._database.read() as connection:
            row = (await connection.execute(query)).one_or_none()
        return Credential(**row._mapping) if row is not None else None

    async def save_credential(self, credential: Credential) -> None:
        row = {name: getattr(credential, name) for name in Credential.__dataclass_fields__}
        async with self._database.write() as connection:
            await connection.execute(self._database.upsert(credentials, row))

    async def attempts(self, key: str) -> Attempts | None:
        query = select(sign_in_attempts).where(sign_in_attempts.c.key == key)
        async with self._database.read() as connection:
            row = (await connection.execute(query)).one_or_none()
        return Attempts(**row._mapping) if row is not None else None

    async def save_attempts(self, attempts: Attempts) -> None:
        row = {name: getattr(attempts, name) for name in Attempts.__dataclass_fields__}
        async with self._database.write() as connection:
            await connection.execute(self._database.upsert(sign_in_attempts, row))

    async def forgive_attempts(self, prefix: str) -> None:
        async with self._database.write() as connection:
            await connection.execute(
                delete(sign_in_attempts).where(sign_in_attempts.c.key.startswith(prefix, autoescape=True))
            )

    async def forget_attempts(self, *, last_before: float) -> int:
        over = sign_in_attempts.c.last_at < last_before
        async with self._database.write() as connection:
            return (await connection.execute(delete(sign_in_attempts).where(over))).rowcount

    async def sign_in(self, session_id: str) -> SignIn | None:
        query = select(sign_ins).where(sign_ins.c.session_id == session_id)
        async with self._database.read() as connection:
            return _sign_in((await connection.execute(query)).one_or_none())

    async def sign_ins(self, session_ids: Collection[str]) -> dict[str, SignIn]:
        found: dict[str, SignIn] = {}
        async with self._database.read() as connection:
            for some in batched(session_ids):
                query = select(sign_ins).where(sign_ins.c.session_id.in_(some))
                for row in await connection.execute(query):
                    found[row.session_id] = SignIn(**row._mapping)
        return found

    async def by_family(self, digest: str) -> SignIn | None:
        query = select(sign_ins).where(sign_ins.c.family == digest)
        async with self._database.read() as connection:
            return _sign_in((await connection.execute(query)).one_or_none())

    async def save_sign_in(self, sign_in: SignIn, *, if_digest: str | None = None) -> None:
        async with self._database.write() as connection:
            if if_digest is None:
                await connection.execute(self._database.upsert(sign_ins, _columns(sign_in)))
                return
            changed = await connection.execute(
                update(sign_ins)
                .where(
                    sign_ins.c.session_id == sign_in.session_id,
                    sign_ins.c.token_digest == if_digest,
                    sign_ins.c.revoked_at.is_(None),
                )
                .values(_columns(sign_in))
            )
            if changed.rowcount != 1:
                raise ConflictError("the refresh token was rotated, or the sign-in ended, meanwhile")

    async def forget_sign_ins(self, *, used_before: float, created_before: float) -> int:
        over = or_(sign_ins.c.used_at < used_before, sign_ins.c.created_at < created_before)
        async with self._database.write() as connection:
            return (await connection.execute(delete(sign_ins).where(over))).rowcount

    async def revoke(self, staff_id: str, now: float, *, keep: str | None = None) -> list[str]:
        mine = [sign_ins.c.staff_id == staff_id, sign_ins.c.revoked_at.is_(None)]
        if keep is not None:
            mine.append(sign_ins.c.session_id != keep)
        async with self._database.write() as connection:
            ids = (await connection.scalars(select(sign_ins.c.session_id).where(*mine))).all()
            await connection.execute(update(sign_ins).where(*mine).values(revoked_at=now))
        return list(ids)
