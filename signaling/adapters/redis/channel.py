"""One Redis channel, listened to through everything that can befall it.

A connection that was cut is made again. One that only looks alive (a firewall forgot it, the server's
machine is gone without a word) delivers nothing and never fails: so silence is questioned with a ping, and a
ping without an answer means that we are deaf.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Final

from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

from signaling.adapters.redis.client import heeding_cancellation

_log = logging.getLogger(__name__)
SILENCE_S: Final = 2.0
"""Silence after which the server is asked whether it is there, and time for its answer."""
RETRY_AFTER_S: Final = 1.0


class DeafError(RedisError):
    """The connection looks alive and delivers nothing."""


class Channel:
    """Hands on what is published on one channel; `run` is its life.

    Args:
        take: told each message; must not raise.
        again: called whenever listening begins anew after something may have been missed.
    """

    def __init__(
        self, redis: Redis, name: str, *, take: Callable[[bytes], None], again: Callable[[], None]
    ) -> None:
        self._redis = redis
        self._name = name
        self._take = take
        self._again = again
        self._was_listening = False
        self.listening = asyncio.Event()
        self.leaving = asyncio.Event()
        """Ends `run`: redis-py may swallow the cancellation of a command that is just being answered."""

    async def run(self) -> None:
        """Listen until cancelled or told to leave."""
        while not self.leaving.is_set():
            try:
                await self._listen()
            except (RedisError, OSError, TimeoutError) as error:
                _log.warning("channel %s was lost, trying again: %s", self._name, error)
            self.listening.clear()
            await self.pause(RETRY_AFTER_S)

    async def pause(self, seconds: float) -> None:
        """Return after some seconds, or when told to leave."""
        try:
            async with asyncio.timeout(seconds):
                await self.leaving.wait()
        except TimeoutError:
            return

    async def _listen(self) -> None:
        async with self._redis.pubsub(ignore_subscribe_messages=False) as channel:
            with heeding_cancellation():
                await channel.subscribe(self._name)
            asked = False
            while not self.leaving.is_set():
                message = await channel.get_message(timeout=SILENCE_S)
                if message is not None:
                    asked = False
                    self._heard(message["type"], message["data"])
                elif asked:
                    raise DeafError("no answer to a ping")
                else:
                    await self._question(channel)
                    asked = True

    async def _question(self, channel: PubSub) -> None:
        async with asyncio.timeout(SILENCE_S):
            with heeding_cancellation():
                await channel.ping()

    def _heard(self, kind: str, data: bytes) -> None:
        if kind == "message":
            self._take(data)
        elif kind == "subscribe":  # redis-py may have connected again by itself
            if self._was_listening:
                self._again()
            self._was_listening = True
            self.listening.set()
