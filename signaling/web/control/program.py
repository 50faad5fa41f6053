"""The counter PC's program to download: packed once from our own sources, the same bytes everywhere."""

import asyncio
import logging
from collections.abc import Callable
from typing import Final

from aiohttp import ETag, web

from web_client.helper.build import NAME, digest, packed

PATH: Final = f"/helper/{NAME}"
_CANNOT: Final = (
    "404: 服务器打不出远程操作程序的安装文件。请管理员在服务器上运行 ./dev helper, 再把文件拷贝到柜台电脑。\n"
    "This server cannot pack the helper. Ask its administrator to run ./dev helper and to copy the file.\n"
)

_log = logging.getLogger(__name__)


class HelperProgram:
    """Serves the program; its ETag is its SHA-256, which people compare (RFC 9110 §8.8.3).

    Args:
        pack: makes the program; raises `OSError` where the sources cannot be read.
    """

    def __init__(self, pack: Callable[[], bytes] = packed) -> None:
        self._pack = pack
        self._made: tuple[bytes, str] | None = None
        self._lock = asyncio.Lock()

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Answer with the program, 304 to who has it, or 404 with words."""
        try:
            program, sha256 = await self._program()
        except OSError as error:
            _log.warning("the helper cannot be packed: %s", error)
            return web.Response(text=_CANNOT, status=404, headers={"Cache-Control": "no-store"})
        headers = {"ETag": f'"{sha256}"', "Cache-Control": "no-cache"}
        if _has_it(request.if_none_match, sha256):
            return web.Response(status=304, headers=headers)
        headers["Content-Disposition"] = f'attachment; filename="{NAME}"'
        return web.Response(body=program, content_type="application/octet-stream", headers=headers)

    async def _program(self) -> tuple[bytes, str]:
        async with self._lock:
            if self._made is None:
                program = await asyncio.to_thread(self._pack)
                self._made = program, digest(program)
            return self._made


def _has_it(known: tuple[ETag, ...] | None, sha256: str) -> bool:
    return any(tag.value in (sha256, "*") for tag in known or ())
