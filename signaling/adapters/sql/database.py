"""One database by URL: connections, reading and writing units, the dialect's differences.

Nothing waits for a database for ever: a connection that answers and each statement have a bound, and what is
out of reach is refused as `AwayError`. The next unit tries again by itself.

A PostgreSQL connection that gave no answer in time is dropped, and nobody is asked whether it may be: a
statement that is cancelled, a transaction that is rolled back and a connection that is closed politely all
wait for the server once more.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Collection, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from typing import Any, Final

from sqlalchemy import Table, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, ExceptionContext, make_url
from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.sql.dml import Insert, ReturningInsert

from signaling.domain.errors import AwayError
from signaling.services.stores import ConflictError

_log = logging.getLogger(__name__)

CONNECT_S: Final = 3.0
STATEMENT_S: Final = 8.0
"""Above the slowest statement of ours on a large database, and below the patience of a page."""
READY_S: Final = 5.0
"""How long a unit waits for a connection of PostgreSQL: for one that is free, or new, and answers a ping."""
FREE_S: Final = 3.0
"""How much of it may be the waiting for one of the connections to be free."""
_REST_S: Final = 1.0
"""How long nobody waits after one waited in vain: one person's commands queue up behind each other."""
_ON_SERVER: Final = {"statement_timeout": "10s", "idle_in_transaction_session_timeout": "30s"}
"""What we gave up, or began before we were cut off, ends on the server too and lets go of its locks."""
_IN_ONE: Final = 500
_AWAY_STATES: Final = ("08", "57P", "53", "58")
"""SQLSTATE classes of PostgreSQL: connection lost, going or coming, out of resources, system error."""
_AWAY_IN_SQLITE: Final = ("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_FULL", "SQLITE_IOERR", "SQLITE_CANTOPEN")


class Database:
    """An engine with the house's rules.

    SQLite runs in WAL; units that write begin IMMEDIATE, so that two of them wait (5 s) instead of failing
    half-way.

    PostgreSQL runs READ COMMITTED; what must not race is versioned, claimed or locked.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._away_until = 0.0
        self.is_sqlite = engine.dialect.name == "sqlite"

    @property
    def engine(self) -> AsyncEngine:
        """The engine, for migrations."""
        return self._engine

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A reading unit: one consistent view. Raises AwayError."""
        with _in_reach():
            async with self._connected() as connection:
                yield connection

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """A writing unit: commits at the end, rolls back on any error.

        Raises:
            ConflictError: a key exists already, or PostgreSQL found a deadlock.
            AwayError: the database is out of reach; whether the unit was committed is then not known.
        """
        try:
            with _in_reach():
                async with self._connected() as connection:
                    writing = await connection.execution_options(begin_immediate=True)
                    async with writing.begin():
                        yield writing
        except IntegrityError as error:
            raise ConflictError(str(error.orig)) from error
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) in ("40001", "40P01"):
                raise ConflictError(str(error.orig)) from error
            raise

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[AsyncConnection]:
        """Yield a connection that answers; raises AwayError at once where there was none a moment ago."""
        if time.monotonic() < self._away_until:
            raise AwayError
        async with AsyncExitStack() as stack:
            try:
                async with asyncio.timeout(None if self.is_sqlite else READY_S):
                    connection = await stack.enter_async_context(self._engine.connect())
            except OSError:
                self._away_until = time.monotonic() + _REST_S
                raise
            yield connection

    def upsert(self, table: Table, values: dict[str, Any]) -> Insert:
        """Return an insert that replaces the row with the same primary key."""
        return self._upsert(table).values(values)

    def _upsert(self, table: Table) -> Insert:
        keys = [column.name for column in table.primary_key]
        rest = [column.name for column in table.columns if column.name not in keys]
        statement = sqlite.insert(table) if self.is_sqlite else postgresql.insert(table)
        if not rest:
            return statement.on_conflict_do_nothing(index_elements=keys)
        kept = {name: statement.excluded[name] for name in rest}
        return statement.on_conflict_do_update(index_elements=keys, set_=kept)

    def counter(self, table: Table, key: str, value: str, column: str) -> ReturningInsert[Any]:
        """Return an insert of 1, or an increment, that gives the new value."""
        count = table.c[column]
        values = {key: value, column: 1}
        if self.is_sqlite:
            lite = sqlite.insert(table).values(values)
            return lite.on_conflict_do_update(index_elements=[key], set_={column: count + 1}).returning(count)
        full = postgresql.insert(table).values(values)
        return full.on_conflict_do_update(index_elements=[key], set_={column: count + 1}).returning(count)

    async def replace_all(
        self, connection: AsyncConnection, table: Table, rows: Sequence[dict[str, Any]]
    ) -> None:
        """Insert or replace many rows; each names every column."""
        if rows:
            await connection.execute(self._upsert(table), rows)

    async def close(self) -> None:
        """Close every connection."""
        await self._engine.dispose()


def batched(values: Collection[str]) -> Iterator[list[str]]:
    """Yield values in lists that any database takes in one `IN`."""
    rest = list(values)
    while rest:
        some, rest = rest[:_IN_ONE], rest[_IN_ONE:]
        yield some


def open_database(url: str, *, patient: bool = False) -> Database:
    """Return the database of `sqlite+aiosqlite:///path` or `postgresql+asyncpg://…`; connects lazily.

    Migrate it with `signaling.adapters.sql.migrate.migrate` before use. Its errors, which are logged, do not
    show the values of a statement: they are people's data.

    Args:
        patient: statements may take as long as they need, as those do that rewrite a table.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        engine = create_async_engine(parsed, pool_size=4, max_overflow=4, hide_parameters=True)
        event.listen(engine.sync_engine, "connect", _prepare_sqlite)
        event.listen(engine.sync_engine, "begin", _begin_sqlite)
    else:
        bounds = {"command_timeout": STATEMENT_S, "server_settings": _ON_SERVER}
        engine = create_async_engine(
            parsed,
            pool_size=8,
            max_overflow=8,
            pool_pre_ping=True,
            pool_timeout=FREE_S,
            hide_parameters=True,
            connect_args={"timeout": CONNECT_S} | ({} if patient else bounds),
        )
        event.listen(engine.sync_engine, "handle_error", _distrust_the_late)
        event.listen(engine.sync_engine, "close", _drop)
    return Database(engine)


@contextmanager
def _in_reach() -> Iterator[None]:
    """Turn the errors of a database that is away into `AwayError`; those of our own statements stay."""
    try:
        yield
    except (OSError, NoConnectionError) as error:
        _log.warning("the database is out of reach: %s", type(error).__name__)
        raise AwayError from error
    except DBAPIError as error:
        if not _is_away(error):
            raise
        _log.warning("the database is out of reach: %s", type(error.orig).__name__)
        raise AwayError from error


def state_of(error: BaseException | None) -> str:
    """Return what a database calls an error: SQLite's name of it or an SQLSTATE; empty for others."""
    raised = error.orig if isinstance(error, DBAPIError) else None
    return str(getattr(raised, "sqlite_errorname", None) or getattr(raised, "sqlstate", None) or "")


def _is_away(error: DBAPIError) -> bool:
    if error.connection_invalidated:
        return True
    if state := state_of(error):
        return state.startswith(_AWAY_IN_SQLITE if state.startswith("SQLITE") else _AWAY_STATES)
    return isinstance(error, InterfaceError | OperationalError)


def _distrust_the_late(context: ExceptionContext) -> None:
    """Have a connection given up that did not answer in time: whoever uses it next would wait as long."""
    if isinstance(context.original_exception, TimeoutError):
        context.is_disconnect = True


def _drop(connection: Any, _record: object) -> None:
    """End a connection that is about to be closed without a word to the server."""
    connection.driver_connection.terminate()


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=5000", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    immediate = connection.get_execution_options().get("begin_immediate", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")
