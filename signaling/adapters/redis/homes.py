"""Homes of rooms over Redis: a key names each call's process, a key with a time to live says that it lives.

Processes ask each other over a channel each. What is asked of a process that does not listen is refused at
once, what is not answered in time a little later; nothing is repeated.

Redis may be away or come back without its data. Each process then says anew that it lives and which rooms it
has. Until everybody had time for that, a room nobody seems to have may well have a home: who asks for it is
refused as `busy`, and comes again.
"""

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any, Final

from redis.asyncio import Redis
from redis.exceptions import RedisError

from signaling.adapters.redis.channel import Channel
from signaling.domain.errors import BusyError, DomainError
from signaling.domain.ids import JsonObject
from signaling.services.homes import Handler
from signaling.services.keeping import keep

_log = logging.getLogger(__name__)
_ALIVE: Final = "bangban:alive:"
_ALIVE_MS: Final = 15_000
_BEAT: Final = 3.0
REBUILDING_S: Final = 5.0
"""Above a beat: so long after Redis was away the processes say anew who they are and what they have."""
_ROOM: Final = "bangban:room:"
_ROOM_S: Final = 86_400
"""No call lasts longer; a home that died is found out long before."""
_CHANNEL: Final = "bangban:ask:"
_ANSWER_IN: Final = 15.0
"""Seconds; above the patience of a request to a media process that is being restarted."""
_AT_ONCE: Final = 500
"""Requests of others carried out at the same time; more are refused as `busy`."""
_LIVES: Final = f"""
local function lives(key)
  local left = redis.call('pttl', key)
  if left > {_ALIVE_MS} then redis.call('pexpire', key, {_ALIVE_MS}) end
  return left ~= -2
end
"""
"""Whether a process said lately that it lives: not an hour ago, though Redis's own clock was set back."""
_CLAIM: Final = f"""{_LIVES}
local home = redis.call('get', KEYS[1])
if home == ARGV[1] then return 0 end
if home and lives(ARGV[3] .. home) then return 0 end
if ARGV[4] == '1' or not lives(ARGV[3] .. ARGV[1]) then return -1 end
redis.call('set', KEYS[1], ARGV[1], 'EX', ARGV[2])
return home and 1 or 0
"""
"""Take the room unless a living process has it; 1 when one that is gone had it, -1 when nobody can tell."""
_FIND: Final = f"""{_LIVES}
local home = redis.call('get', KEYS[1])
if home and (home == ARGV[2] or lives(ARGV[1] .. home)) then return home end
if ARGV[3] == '1' or not lives(ARGV[1] .. ARGV[2]) then return redis.error_reply('UNSURE') end
return false
"""
_BEAT_ONCE: Final = """
local before = redis.call('exists', KEYS[1])
redis.call('set', KEYS[1], '1', 'PX', ARGV[1])
return before
"""
"""Say that a process lives; 0 when Redis did not know it any more."""
_ERRORS: Final = {kind.__name__: kind for kind in DomainError.__subclasses__()}


class RedisHomes:
    """RoomHomes port over Redis; use `open_redis_homes`."""

    def __init__(self, redis: Redis, process: str) -> None:
        self._redis = redis
        self.process = process
        self.channel = Channel(redis, _CHANNEL + process, take=self._take, again=self._doubt)
        self._mine: set[str] = set()
        self._handler: Handler | None = None
        self._asked: dict[str, asyncio.Future[Any]] = {}
        self._number = 0
        self._answering = 0
        self._answers = asyncio.TaskGroup()
        self._doubtful = asyncio.Event()
        self._rebuilt_at = 0.0

    async def claim(self, call_id: str) -> bool:
        """Make this process the home unless a living one is; True when it took over from one that is gone."""
        if call_id in self._mine:
            return False
        try:
            keys = (_ROOM + call_id, self.process, str(_ROOM_S), _ALIVE, self._rebuilding)
            taken = int(await self._redis.eval(_CLAIM, 1, *keys))
        except RedisError as error:
            raise BusyError("busy") from error
        if taken < 0:
            self._doubt()
            raise BusyError("busy")
        return bool(taken)

    async def find(self, call_id: str) -> str | None:
        """Return the living home of a room; None when that is this process, or there is none."""
        if call_id in self._mine:
            return None
        try:
            found = await self._redis.eval(_FIND, 1, _ROOM + call_id, _ALIVE, self.process, self._rebuilding)
        except RedisError as error:
            self._doubt()
            raise BusyError("busy") from error
        home = found.decode() if isinstance(found, bytes) else None
        if home == self.process:
            self._mine.add(call_id)
            return None
        return home

    @property
    def _rebuilding(self) -> str:
        return "1" if time.monotonic() < self._rebuilt_at else "0"

    def _doubt(self) -> None:
        """Redis may have been away or have lost its data: look at once, not at the next beat."""
        self._doubtful.set()

    def forget(self, call_id: str) -> None:
        """This process is the home of a room no more."""
        self._mine.discard(call_id)

    def answer_with(self, handler: Handler) -> None:
        """Carry out with `handler` what other processes ask for."""
        self._handler = handler

    async def ask(self, process: str, method: str, arguments: JsonObject) -> Any:
        """Have a method carried out in another process; raises what it raised."""
        self._number += 1
        number = str(self._number)
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._asked[number] = answer
        try:
            body = {"ask": number, "from": self.process, "method": method, "arguments": arguments}
            if not await self._tell(process, body):
                raise BusyError("busy")  # it is gone, and its rooms are found out with its heartbeat
            async with asyncio.timeout(_ANSWER_IN):
                return await answer
        except (RedisError, TimeoutError) as error:
            raise BusyError("busy") from error
        finally:
            del self._asked[number]

    async def _tell(self, process: str, body: JsonObject) -> int:
        return int(await self._redis.publish(_CHANNEL + process, json.dumps(body)))

    async def serve(self) -> None:
        """Answer and hear answers, until it leaves; what is then still being carried out is cancelled."""
        async with self._answers:
            await keep("the channel between processes", self.channel.run)

    async def live(self) -> None:
        """Say that this process lives, until it leaves."""
        while not self.channel.leaving.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(_BEAT):
                    await self._doubtful.wait()
            self._doubtful.clear()
            try:
                if not await self.beat():
                    await self._restate()
            except RedisError as error:
                _log.warning("the sign of life did not reach Redis: %s", error)

    async def beat(self) -> bool:
        """Say that this process lives; False when Redis did not know of it."""
        return bool(await self._redis.eval(_BEAT_ONCE, 1, _ALIVE + self.process, str(_ALIVE_MS)))

    async def _restate(self) -> None:
        """Redis forgot us, or all it knew: say which rooms are here, but those that others took meanwhile."""
        self._rebuilt_at = time.monotonic() + REBUILDING_S
        _log.warning("Redis forgot this process; its %d rooms are told anew", len(self._mine))
        for call_id in tuple(self._mine):
            await self._redis.set(_ROOM + call_id, self.process, nx=True, ex=_ROOM_S)
            if await self._redis.get(_ROOM + call_id) != self.process.encode():
                self._mine.discard(call_id)

    def leaving(self) -> None:
        """End the tasks: redis-py may swallow the cancellation of a command that is just being answered."""
        self.channel.leaving.set()
        self._doubtful.set()

    async def leave(self) -> None:
        """Say that this process is gone: others need not wait to take its rooms over."""
        await self._redis.delete(_ALIVE + self.process)

    def _take(self, data: bytes) -> None:
        """Carry out a request or hear an answer; one that cannot be read costs nothing but itself."""
        try:
            body = json.loads(data)
            if "ask" in body:
                asked = body["ask"], body["from"], body["method"], body["arguments"]
                self._answers.create_task(self._answer(*asked))
            else:
                self._hear(body)
        except (ValueError, KeyError, TypeError) as error:
            _log.warning("a message between processes cannot be read (%s)", type(error).__name__)

    def _hear(self, body: JsonObject) -> None:
        answer = self._asked.get(body["answer"])
        if answer is None or answer.done():
            return
        if "error" in body:
            error = body["error"]
            kind = _ERRORS.get(error["kind"], BusyError)
            answer.set_exception(kind(error["code"], field=error["field"], **error["details"]))
        else:
            answer.set_result(body["result"])

    async def _answer(self, number: str, asker: str, method: str, arguments: JsonObject) -> None:
        answer: JsonObject = {"answer": number}
        self._answering += 1
        try:
            if self._handler is None or self._answering > _AT_ONCE:
                raise BusyError("busy")
            answer["result"] = await self._handler(method, arguments)
        except DomainError as error:
            answer["error"] = _error(error)
        except Exception:
            _log.exception("%s, asked by another process, failed", method)
            answer["error"] = _error(BusyError("busy"))
        finally:
            self._answering -= 1
        try:
            await self._tell(asker, answer)
        except RedisError as error:
            _log.warning("an answer did not reach its process: %s", error)


def _error(error: DomainError) -> JsonObject:
    return {
        "kind": type(error).__name__,
        "code": error.code,
        "field": error.field,
        "details": {name: str(value) for name, value in error.details.items()},
    }


@asynccontextmanager
async def open_redis_homes(redis: Redis, process: str) -> AsyncIterator[RedisHomes]:
    """Be a process that others can ask, while the context lasts.

    Args:
        redis: a client of its own pool, without `decode_responses`.
        process: distinct for every process, without spaces.
    """
    homes = RedisHomes(redis, process)
    try:
        async with asyncio.TaskGroup() as tasks:
            running = [tasks.create_task(homes.serve())]
            try:
                await homes.channel.listening.wait()
                await homes.beat()
                running.append(tasks.create_task(keep("the sign of life", homes.live)))
                yield homes
            finally:
                homes.leaving()
                for task in running:
                    task.cancel()
    finally:
        with suppress(RedisError):
            await homes.leave()  # no beat of ours can follow any more
