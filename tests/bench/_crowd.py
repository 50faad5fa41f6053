"""Ten sessions beside the one that is measured: their pictures, voices and chat through the same server.

    python -m tests.bench._crowd URL

prints `ready` when all of it flows and ends with its standard input.
"""

import asyncio
import contextlib
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AsyncExitStack
from typing import Final

from tests.bench._people import Meeting, meet, recruit
from tests.bench.memory import talk_of
from tests.browser.product import ROOT, Product
from tests.support.processes import YIELDING

SESSIONS: Final = 10
CHAT_EACH_S: Final = 0.5
LINE: Final = "请把身份证正反面放在高拍仪下。" * 30


@contextlib.contextmanager
def crowd(product: Product) -> Iterator[None]:
    """Have the others talk for as long as the context lasts."""
    command = ["sh", "-c", YIELDING, "sh", sys.executable, "-m", "tests.bench._crowd", product.url]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline().strip() == b"ready"
        try:
            yield
        finally:
            process.stdin.close()


async def main(url: str) -> None:
    """Talk until standard input ends."""
    async with AsyncExitStack() as stack:
        meetings = await meet(await recruit(url, SESSIONS, stack))
        talk = await talk_of(meetings, stack)
        talk.start()
        stack.callback(talk.stop)
        async with asyncio.TaskGroup() as chats:
            tasks = [chats.create_task(_chat(meeting)) for meeting in meetings]
            print("ready", flush=True)
            await asyncio.to_thread(sys.stdin.read)
            for task in tasks:
                task.cancel()


async def _chat(meeting: Meeting) -> None:
    while True:
        for person in (meeting.clerk, meeting.specialist):
            await person.do("chat.send", call_id=meeting.call_id, text=LINE)
            await asyncio.sleep(CHAT_EACH_S)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
