"""Debian's Janus as the peer to compare with: a videoroom per pair, over its Unix-socket interface."""

import contextlib
import json
import os
import secrets
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.bench._peer import Peer, Remote
from tests.bench._rtp import TRANSPORT_CC, TRANSPORT_CC_ID
from tests.bench.forward.stream import PAYLOAD_TYPE

PLUGIN = "janus.plugin.videoroom"
DOES = "videoroom, ice_lite, one port per peer connection, NACK queue, transport-cc, no recording"

CONFIG = """
general: {{ configs_folder = "{folder}" plugins_folder = "{libraries}/plugins"
 transports_folder = "{libraries}/transports" debug_level = 2 admin_secret = "x" }}
media: {{ rtp_port_range = "20000-29999" }}
nat: {{ ice_lite = true ice_enforce_list = "{host}" nice_debug = false ignore_mdns = true }}
plugins: {{ disable = "{unused_plugins}" }}
transports: {{ disable = "{unused_transports}" }}
events: {{ broadcast = false }}
"""
UNUSED_PLUGINS = ",".join(
    f"libjanus_{name}.so"
    for name in (
        "audiobridge",
        "duktape",
        "echotest",
        "lua",
        "nosip",
        "recordplay",
        "sip",
        "streaming",
        "textroom",
        "videocall",
        "voicemail",
    )
)
UNUSED_TRANSPORTS = ",".join(
    f"libjanus_{name}.so" for name in ("http", "websockets", "rabbitmq", "mqtt", "nanomsg")
)
START_ATTEMPTS = 20
"""Janus 1.1.2 loses a race of its own: its Unix-socket thread ends at once when it runs before the transport
has noted that it is initialised, and then Janus gives up ("No Janus API transport is available")."""
START_SECONDS = 10.0


class NotStarted(RuntimeError):
    """Janus ended instead of opening its socket; carries the end of what it said."""


class Janus:
    """A running Janus and one session with it."""

    def __init__(self, pid: int, connected: socket.socket) -> None:
        self.pid = pid
        self._kept: list[dict] = []
        self._socket = connected
        self._socket.settimeout(10)
        self._session = self._ask({"janus": "create"})["data"]["id"]

    def connect(self, publisher: Peer, subscriber: Peer, ssrc: int, room: int) -> None:
        """Make a room with one publisher of VP8 and one subscriber, and connect both peers."""
        control = self._attach()
        self._message(
            control,
            {
                "request": "create",
                "room": room,
                "videocodec": "vp8",
                "bitrate": 0,
                "transport_wide_cc_ext": True,
            },
        )
        sending = self._attach()
        self._event(sending, {"request": "join", "ptype": "publisher", "room": room, "id": room})
        answer = self._event(
            sending,
            {"request": "configure", "audio": False, "video": True},
            {"type": "offer", "sdp": _sdp(publisher, "sendonly", "actpass", ssrc)},
        )
        publisher.connect(_remote(answer["jsep"]["sdp"]))
        self._wait(sending, "webrtcup")
        receiving = self._attach()
        offer = self._event(
            receiving, {"request": "join", "ptype": "subscriber", "room": room, "streams": [{"feed": room}]}
        )
        self._event(
            receiving,
            {"request": "start"},
            {"type": "answer", "sdp": _sdp(subscriber, "recvonly", "active", None)},
        )
        subscriber.connect(_remote(offer["jsep"]["sdp"]))
        self._wait(receiving, "webrtcup")

    def close(self) -> None:
        """Give the connection back."""
        self._socket.close()

    def keep_alive(self) -> None:
        """Keep the session from timing out."""
        self._ask({"janus": "keepalive", "session_id": self._session})

    def _attach(self) -> int:
        return self._ask({"janus": "attach", "session_id": self._session, "plugin": PLUGIN})["data"]["id"]

    def _message(self, handle: int, body: dict, jsep: dict | None = None) -> dict:
        request = {"janus": "message", "session_id": self._session, "handle_id": handle, "body": body}
        return self._ask(request | ({"jsep": jsep} if jsep else {}))

    def _event(self, handle: int, body: dict, jsep: dict | None = None) -> dict:
        self._message(handle, body, jsep)
        event = self._wait(handle, "event")
        if "error" in event.get("plugindata", {}).get("data", {}):
            raise RuntimeError(event["plugindata"]["data"]["error"])
        return event

    def _wait(self, handle: int, kind: str) -> dict:
        return self._match(lambda m: m.get("janus") == kind and m.get("sender") == handle)

    def _ask(self, request: dict) -> dict:
        transaction = secrets.token_hex(6)
        self._socket.send(json.dumps(request | {"transaction": transaction}).encode())
        answer = self._match(
            lambda m: m.get("transaction") == transaction and m["janus"] in ("success", "ack", "error")
        )
        if answer["janus"] == "error":
            raise RuntimeError(answer["error"]["reason"])
        return answer

    def _match(self, wanted: Callable[[dict], bool]) -> dict:
        """Return the first message that fits; keep the others, since events overtake answers."""
        for message in self._kept:
            if wanted(message):
                self._kept.remove(message)
                return message
        while True:
            message = json.loads(self._socket.recv(1 << 16))
            if wanted(message):
                return message
            self._kept.append(message)


@contextlib.contextmanager
def running(host: str) -> Iterator[Janus]:
    """Start Janus on the address `host` with a configuration of its own; stop it afterwards.

    Raises:
        NotStarted: it ended by itself each of `START_ATTEMPTS` times.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "janus.sock")
        (Path(folder) / "janus.jcfg").write_text(
            CONFIG.format(
                folder=folder,
                host=host,
                libraries=_libraries(),
                unused_plugins=UNUSED_PLUGINS,
                unused_transports=UNUSED_TRANSPORTS,
            )
        )
        (Path(folder) / "janus.transport.pfunix.jcfg").write_text(
            f'general: {{ enabled = true path = "{path}" type = "SOCK_SEQPACKET" json = "compact" }}\n'
        )
        process, janus = _start(folder, path)
        try:
            yield janus
        finally:
            janus.close()
            _stop(process)


def _libraries() -> Path:
    """Return where Debian keeps Janus's own, below the folder of this architecture."""
    return next(Path("/usr/lib").glob("*/janus"))


def _start(folder: str, path: str) -> tuple[subprocess.Popen[bytes], Janus]:
    said = Path(folder) / "janus.log"
    for _ in range(START_ATTEMPTS):
        with said.open("wb") as log:
            process = subprocess.Popen(["janus", "-F", folder], stdout=log, stderr=log)
        if connected := _connected(process, path):
            with contextlib.suppress(ConnectionError, json.JSONDecodeError):
                return process, Janus(process.pid, connected)
            connected.close()
        process.kill()
        process.wait()
    raise NotStarted(said.read_text(errors="replace")[-2000:])


def _connected(process: subprocess.Popen[bytes], path: str) -> socket.socket | None:
    """Return a connection, or None when the process ended or does not open its socket."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            connection.connect(path)
        except OSError:
            time.sleep(0.02)
        else:
            return connection
    connection.close()
    return None


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _sdp(peer: Peer, direction: str, setup: str, ssrc: int | None) -> str:
    host = peer.socket.getsockname()[0]
    lines = [
        "v=0",
        f"o=- 1 1 IN IP4 {host}",
        "s=-",
        "t=0 0",
        "a=group:BUNDLE 0",
        f"m=video 9 UDP/TLS/RTP/SAVPF {PAYLOAD_TYPE}",
        f"c=IN IP4 {host}",
        "a=mid:0",
        f"a={direction}",
        "a=rtcp-mux",
        f"a=ice-ufrag:{peer.username_fragment}",
        f"a=ice-pwd:{peer.password}",
        f"a=fingerprint:sha-256 {peer.certificate.fingerprint}",
        f"a=setup:{setup}",
        f"a=rtpmap:{PAYLOAD_TYPE} VP8/90000",
        *(f"a=rtcp-fb:{PAYLOAD_TYPE} {kind}" for kind in ("nack", "nack pli", "ccm fir", "transport-cc")),
        f"a=extmap:{TRANSPORT_CC_ID} {TRANSPORT_CC}",
    ]
    port = peer.socket.getsockname()[1]
    lines += [f"a=candidate:1 1 udp 2130706431 {host} {port} typ host", "a=end-of-candidates"]
    if ssrc is not None:
        lines.append(f"a=ssrc:{ssrc} cname:load")
    return "\r\n".join(lines) + "\r\n"


def _remote(sdp: str) -> Remote:
    values = {}
    candidate: tuple[str, int] | None = None
    for line in sdp.splitlines():
        key, _, value = line.partition(":")
        values.setdefault(key, value)
        if key == "a=candidate" and candidate is None and " udp " in value.lower():
            parts = value.split()
            candidate = (parts[4], int(parts[5]))
    assert candidate is not None
    role = "client" if values["a=setup"] == "active" else "server"
    return Remote(candidate, values["a=ice-ufrag"], values["a=ice-pwd"], role)
