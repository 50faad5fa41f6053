"""The control channel's server: several controllers, requests in order, events as they happen.

A controller says its name in the first request, `hello`; a new connection of the same name replaces the old
one, and the media goes on. Events of a router go to the controller that created it last: whoever takes a
call over creates its router again, which changes nothing else. Every controller may ask for anything.
A Unix socket is protected by its file mode; TCP needs the shared secret in `hello`, and TLS beyond loopback.
"""

import asyncio
import hmac
import inspect
import logging
import os
import socket
from pathlib import Path
from typing import Any, Final

from rtc_server.config import MediaConfig
from rtc_server.errors import LimitError, MalformedError, MediaError, StateError
from rtc_server.owner_events import OWNER_EVENTS, OwnerEvent
from rtc_server.server.control_tls import require_private, server_context
from rtc_server.server.frames import encode_frame, read_frame
from rtc_server.server.media_server import MediaServer
from rtc_server.server.methods import find_method
from rtc_server.server.params import Params
from rtc_server.sfu.tap import TapHost

logger = logging.getLogger(__name__)

MAX_BACKLOG_BYTES: Final = 8 * 1024 * 1024
"""Bytes a controller may leave unread before it is cut; it must start over with a new snapshot anyway."""
MAX_CONTROLLERS: Final = 64
HELLO_TIMEOUT: Final = 5.0


class ControlServer:
    """Serve a media server's control methods.

    Args:
        config: where to listen (`control_path`, or `control_host` and `control_port` with a secret).
        tap_host: handed to the media server.
    """

    def __init__(self, config: MediaConfig, tap_host: TapHost | None) -> None:
        self._config = config
        self.media = MediaServer(config, tap_host, on_event=self._send_event)
        self._server: asyncio.Server | None = None
        self._controllers: dict[str, asyncio.StreamWriter] = {}
        self._owners: dict[str, str] = {}
        """Router → the controller that is told of it."""
        self._turn = asyncio.Lock()
        self._connections: set[asyncio.StreamWriter] = set()
        self.port = 0

    async def __aenter__(self) -> "ControlServer":
        await self.media.__aenter__()
        try:
            await self._listen()
        except BaseException:
            await self.media.__aexit__(None, None, None)
            raise
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        assert self._server is not None
        self._server.close()
        await self.media.__aexit__(*exc_info)
        for writer in list(self._connections):
            writer.close()
        if self._config.control_path is not None:
            _remove_socket(self._config.control_path)

    async def _listen(self) -> None:
        path = self._config.control_path
        if path is not None:
            self._server = await self._listen_at(path)
            return
        if self._config.control_host is None:
            raise MalformedError("control_path or control_host must be set")
        if not self._config.control_secret:
            raise MalformedError("a control channel over TCP needs control_secret")
        tls = self._config.control_tls
        require_private(self._config.control_host, tls)
        self._server = await asyncio.start_server(
            self._serve,
            self._config.control_host,
            self._config.control_port,
            ssl=server_context(tls) if tls is not None else None,
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def _listen_at(self, path: str) -> asyncio.Server:
        """Listen on a Unix socket that is its owner's alone and answers as soon as it can be found."""
        coming = f"{path}.new"
        _remove_socket(coming)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            listener.bind(coming)
            os.chmod(coming, 0o600)
            server = await asyncio.start_unix_server(self._serve, sock=listener)
        except BaseException:
            listener.close()
            _remove_socket(coming)
            raise
        os.rename(coming, path)
        return server

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connections.add(writer)
        name: str | None = None
        try:
            async with asyncio.timeout(HELLO_TIMEOUT):
                first = await read_frame(reader, max_bytes=self._config.limits.max_control_frame_bytes)
            name = await self._greet(first, writer) if first is not None else None
            if name is not None:
                await self._obey(name, reader, writer)
        except (MediaError, TimeoutError, ConnectionError) as error:
            logger.warning("control connection cut: %s", error)
        finally:
            self._connections.discard(writer)
            if name is not None and self._controllers.get(name) is writer:
                del self._controllers[name]
                logger.info("a controller left; media goes on")
            writer.close()

    async def _obey(self, name: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer a controller's requests until it leaves or is replaced."""
        while (
            request := await read_frame(reader, max_bytes=self._config.limits.max_control_frame_bytes)
        ) is not None:
            if self._controllers.get(name) is not writer:
                return
            async with self._turn:  # one request after the other, whoever asks
                await self._answer(request, name, writer)
            await writer.drain()

    async def _greet(self, request: dict[str, Any], writer: asyncio.StreamWriter) -> str | None:
        """Answer the first request, a hello with the right secret; return the controller's name if it was."""
        params = request.get("params")
        given = params if isinstance(params, dict) else {}
        secret, name = given.get("secret", ""), given.get("controller", "")
        right = isinstance(secret, str) and hmac.compare_digest(
            secret.encode(), self._config.control_secret.encode()
        )
        is_local = self._config.control_path is not None
        if request.get("method") != "hello" or not (is_local or right):
            self._refuse(writer, request, StateError("Say hello with the right secret first."))
            return None
        if not isinstance(name, str) or len(name) > self._config.limits.max_id_chars:
            self._refuse(writer, request, MalformedError("controller must be a short name"))
            return None
        before = self._controllers.get(name)
        if before is not None:
            logger.info("a controller is back on a new connection; media goes on")
            before.close()
        elif len(self._controllers) >= MAX_CONTROLLERS:
            self._refuse(writer, request, LimitError("There are as many controllers as there may be."))
            return None
        self._controllers[name] = writer
        async with self._turn:
            await self._answer(request, name, writer)
        return name

    async def _answer(self, request: dict[str, Any], name: str, writer: asyncio.StreamWriter) -> None:
        try:
            params = Params(request.get("params", {}), max_id_chars=self._config.limits.max_id_chars)
            result = find_method(request.get("method"))(self.media, params)
            if inspect.isawaitable(result):
                result = await result
            self._own(request, params, name)
        except MediaError as error:
            self._refuse(writer, request, error)
        except Exception:
            logger.exception("control method %s failed", request.get("method"))
            self._refuse(writer, request, MediaError("The media process failed.", code="internal"))
        else:
            writer.write(encode_frame({"id": request.get("id"), "ok": True, "result": result}))
        self.media.network.mux.drain()

    @staticmethod
    def _refuse(writer: asyncio.StreamWriter, request: dict[str, Any], error: MediaError) -> None:
        body = {"code": error.code, "message": error.sentence}
        writer.write(encode_frame({"id": request.get("id"), "ok": False, "error": body}))

    def _own(self, request: dict[str, Any], params: Params, name: str) -> None:
        """Note who is told of a router from here on."""
        match request.get("method"):
            case "router.create":
                self._owners[params.id("routerId")] = name
            case "router.close":
                self._owners.pop(params.id("routerId"), None)

    def _send_event(self, event: OwnerEvent) -> None:
        owner = self._owners.get(event.router_id)
        writer = self._controllers.get(owner) if owner is not None else None
        if writer is None or writer.is_closing():
            return
        if writer.transport.get_write_buffer_size() > MAX_BACKLOG_BYTES:
            logger.warning("a controller does not read; it is cut")
            writer.transport.abort()
            return
        writer.write(encode_frame({"event": OWNER_EVENTS.write(event)}))


def _remove_socket(path: str) -> None:
    """Remove a socket file that a process left behind, this one or one that was killed."""
    Path(path).unlink(missing_ok=True)
