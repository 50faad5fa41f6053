"""Cost of forwarding one packet through SRTP, the SFU and a real UDP socket, in one process.

    .venv/bin/python -m tests.rtc_server.net.bench_forward [--profile]

One 1,100-byte VP8 stream with MID and transport-cc to one consumer, packets protected beforehand. The
sockets are real and send to a bound port that is never read, so that egress costs its system call.
"""

import asyncio
import cProfile
import pstats
import secrets
import socket
import sys
import time

import pylibsrtp

from rtc_server.config import MediaConfig
from rtc_server.net.udp_socket import UdpPath
from rtc_server.server.media_server import MediaServer
from rtc_server.wire.rtp import build_packet
from tests.rtc_server.media.peer import vp8_parameters

PACKETS = 60_000
BATCH = 16
SIZE = 1100


def sessions() -> tuple[pylibsrtp.Session, pylibsrtp.Session]:
    key = secrets.token_bytes(28)
    profile = pylibsrtp.Policy.SRTP_PROFILE_AEAD_AES_128_GCM
    made = []
    for kind in (pylibsrtp.Policy.SSRC_ANY_OUTBOUND, pylibsrtp.Policy.SSRC_ANY_INBOUND):
        policy = pylibsrtp.Policy(key=key, ssrc_type=kind, srtp_profile=profile)
        policy.allow_repeat_tx = True
        policy.window_size = 1024
        made.append(pylibsrtp.Session(policy))
    return made[0], made[1]


async def main(profile: bool) -> None:
    config = MediaConfig(listen_addresses=("127.0.0.1",), port=0)
    async with MediaServer(config, None, on_event=lambda event: None) as server:
        router = server.open_router("call", None)
        sender = server.open_transport(router, "send", direction="send", wants_sctp=False)
        receiver = server.open_transport(router, "recv", direction="recv", wants_sctp=False)
        protect, unprotect = sessions()
        sender.connection._receive = unprotect
        receiver.connection._send = sessions()[0]
        sink = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sink.bind(("127.0.0.1", 0))
        receiver.connection._path = UdpPath(server.network.udp_sockets[0], sink.getsockname())
        now = server.now()
        producer = router.produce(
            sender.transport,
            "producer",
            kind="video",
            rtp_parameters=vp8_parameters(1000),
            app_data={},
            paused=False,
            now=now,
        )
        router.consume(
            receiver.transport,
            "consumer",
            producer,
            rtp_capabilities=router.capabilities.to_json(),
            paused=False,
            ssrc=5000,
            now=now,
        )
        payload = b"\x10\x00\x00\x9d\x01\x2a\x40\x01\xf0\x00" + bytes(SIZE - 10)
        packets = [
            protect.protect(
                build_packet(
                    96,
                    number & 0xFFFF,
                    number // 8 * 3000,
                    1000,
                    payload,
                    extensions={4: b"0", 3: (number & 0xFFFF).to_bytes(2)},
                )
            )
            for number in range(PACKETS)
        ]
        profiler = cProfile.Profile()
        started = time.process_time()
        if profile:
            profiler.enable()
        handle = sender.connection.handle_datagram
        for start in range(0, PACKETS, BATCH):
            now = start / 10_000
            for packet in packets[start : start + BATCH]:
                handle(packet, now)
            server.network.mux.drain(now)
            if start % 800 == 0:
                sender.connection.handle_timeout(now)
                server.network.mux.drain(now)
        profiler.disable()
        spent = time.process_time() - started
        assert receiver.connection.sent_datagrams >= PACKETS * 0.99, receiver.transport.drops.as_dict()
        print(f"{spent / PACKETS * 1e6:.1f} µs of CPU per forwarded packet (without receiving: add recvfrom)")
        if profile:
            pstats.Stats(profiler).sort_stats("tottime").print_stats(28)


if __name__ == "__main__":
    asyncio.run(main("--profile" in sys.argv))
