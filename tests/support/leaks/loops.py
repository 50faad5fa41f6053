"""What an event loop still had to do when it was closed: pending tasks, timers nobody cancelled.

`asyncio.Runner.close` cancels both without a word. pytest-asyncio and `asyncio.run` close their loops by it,
so it is the one place to look. Timers are seen on asyncio's own loops only (uvloop does not show them), which
is what tests run on.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager

TURNS = 5
"""Turns of the loop in which what was cancelled or closed may come to its end."""


@contextmanager
def watched(report: Callable[[str], None]) -> Iterator[None]:
    """Have every loop that a runner closes looked at first; `report` gets a line for each thing left."""
    close = asyncio.Runner.close

    def look_and_close(runner: asyncio.Runner) -> None:
        loop: asyncio.AbstractEventLoop | None = getattr(runner, "_loop", None)
        if loop is not None and not loop.is_closed() and asyncio._get_running_loop() is None:
            for line in left_in(loop):
                report(line)
        close(runner)

    asyncio.Runner.close = look_and_close  # type: ignore[method-assign]
    try:
        yield
    finally:
        asyncio.Runner.close = close  # type: ignore[method-assign]


def left_in(loop: asyncio.AbstractEventLoop) -> list[str]:
    """Return a line for each task and timer of a loop that stands still; what is about to end may end."""
    for _ in range(TURNS):
        if not (asyncio.all_tasks(loop) or _timers(loop)):
            return []
        loop.run_until_complete(asyncio.sleep(0))
    return [_describe_task(task) for task in asyncio.all_tasks(loop)] + [
        f"timer: {_name_of(timer)} in {timer.when() - loop.time():.1f} s" for timer in _timers(loop)
    ]


def _timers(loop: asyncio.AbstractEventLoop) -> list[asyncio.TimerHandle]:
    scheduled: list[asyncio.TimerHandle] = getattr(loop, "_scheduled", [])
    return [timer for timer in scheduled if not timer.cancelled()]


def _describe_task(task: "asyncio.Task[object]") -> str:
    where = ""
    if stack := task.get_stack(limit=1):
        where = f" at {stack[0].f_code.co_filename}:{stack[0].f_lineno}"
    return f"task {task.get_name()}: {getattr(task.get_coro(), '__qualname__', task.get_coro())}{where}"


def _name_of(timer: asyncio.TimerHandle) -> str:
    callback = getattr(timer, "_callback", None)
    return str(getattr(callback, "__qualname__", callback))
