"""What is written for asyncio, beside a test that is not: run in a thread with a loop of its own."""

import asyncio
import contextlib
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import AbstractAsyncContextManager
from typing import TypeVar

PATIENCE_S = 20.0
T = TypeVar("T")


@contextlib.contextmanager
def in_thread(opened: Callable[[], AbstractAsyncContextManager[T]]) -> Iterator[T]:
    """Enter what `opened` gives on a loop in a thread, and leave it there at the end."""
    up: Future[T] = Future()
    loop = asyncio.new_event_loop()
    ending = asyncio.Event()

    async def hold() -> None:
        try:
            async with opened() as thing:
                up.set_result(thing)
                await ending.wait()
        except BaseException as error:
            if up.done():
                raise
            up.set_exception(error)

    thread = threading.Thread(target=loop.run_until_complete, args=(hold(),), name="a loop beside the test")
    thread.start()
    try:
        yield up.result(PATIENCE_S)
    finally:
        loop.call_soon_threadsafe(ending.set)
        thread.join(PATIENCE_S)
        loop.close()
