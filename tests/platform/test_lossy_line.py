"""The line of the tests that loses segments: as TCP shows loss, late by round trips, in order and whole."""

import asyncio

from tests.support.lossy_line import lossy_line

PIECES, DELAY_S = 200, 0.02


async def test_what_is_lost_is_late_and_in_order() -> None:
    sent: list[float] = []
    arrived: list[tuple[int, float]] = []
    loop = asyncio.get_running_loop()
    whole = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            arrived.append((int(line), loop.time()))
        writer.close()
        whole.set()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with (
        server,
        lossy_line(server.sockets[0].getsockname()[1], delay_s=DELAY_S, loss=0.1, seed=3) as port,
    ):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        for number in range(PIECES):
            sent.append(loop.time())
            writer.write(f"{number}\n".encode())
            await writer.drain()
            await asyncio.sleep(0.005)  # the pace of a hand, so that each is a segment
        writer.close()
        async with asyncio.timeout(20):
            await whole.wait()
        assert [number for number, _ in arrived] == list(range(PIECES))
        late = [at - sent[number] for number, at in arrived]
        assert min(late) >= DELAY_S
        assert sum(one >= 3 * DELAY_S for one in late) >= PIECES // 20, "a lost one takes a round trip more"
