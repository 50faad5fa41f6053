"""Cancelling a loop of Redis commands, whenever the cancellation comes."""

import asyncio

from signaling.adapters.redis.client import CancellableRedis


async def test_a_loop_of_commands_ends_at_whatever_step_it_is_cancelled(redis_url: str) -> None:
    async with CancellableRedis.from_url(redis_url, socket_timeout=5) as redis:

        async def endless() -> None:
            while True:
                await redis.set("key", "value")

        for steps in range(200):
            task = asyncio.create_task(endless())
            for _ in range(steps):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.wait({task}, timeout=5)
            assert task.cancelled(), f"cancelled after {steps} turns of the loop, it goes on"
