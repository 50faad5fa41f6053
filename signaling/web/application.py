"""The aiohttp application: REST, Socket.IO, documents and the web client, under one roof."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Final

from aiohttp import web

from signaling.domain.errors import DomainError
from signaling.services.keeping import keep
from signaling.services.ports import Courier, EventBus
from signaling.services.settings import STILL_BYTES
from signaling.web.context import WebContext
from signaling.web.control.helpers import PATH as HELPER_PATH
from signaling.web.control.helpers import HelperSockets
from signaling.web.control.pages import PATH as CONTROL_PATH
from signaling.web.control.pages import ControlSockets
from signaling.web.control.program import PATH as PROGRAM_PATH
from signaling.web.control.program import HelperProgram
from signaling.web.control.relay import Relay
from signaling.web.control.reports import ReportDesk
from signaling.web.control.strangers import Strangers
from signaling.web.edge import only_text
from signaling.web.metrics import WebMetrics
from signaling.web.notifier import Notifier
from signaling.web.rest import FAMILIES
from signaling.web.rest.documents import mount_documents
from signaling.web.rest.mount import mount
from signaling.web.sio.live import LiveSockets
from signaling.web.static import WebClient, security_headers

_FIGURES_S: Final = 1.0
"""How long /metrics waits for the media processes."""


@asynccontextmanager
async def web_application(
    context: WebContext, bus: EventBus, courier: Courier
) -> AsyncIterator[web.Application]:
    """Build the application and run its sockets and notifier while the context lasts."""
    metrics = WebMetrics()
    sockets = LiveSockets(context, metrics)
    first = [security_headers(context.is_strict), only_text]
    app = web.Application(middlewares=first, client_max_size=STILL_BYTES)
    sockets.server.attach(app)
    mount_documents(
        app,
        FAMILIES,
        version=context.settings.client.version,
        metrics=metrics.registry,
        measure=partial(_measure, context, metrics),
        peer_of=context.peer_of,
    )
    mount(app, FAMILIES, context)
    relay, strangers, desk = Relay(courier), Strangers(), ReportDesk(context.services.control)
    helpers = HelperSockets(context, bus, relay, strangers, desk)
    pages = ControlSockets(context, relay, strangers, desk)
    context.services.control.watch(relay.changed)
    app.router.add_get(HELPER_PATH, helpers.serve)
    app.router.add_get(PROGRAM_PATH, HelperProgram().serve)
    app.router.add_get(CONTROL_PATH, pages.serve)
    app.router.add_get("/{path:.*}", WebClient(context.settings.web_root).serve)
    app.on_shutdown.append(_closing(sockets, helpers, pages))  # before aiohttp waits for open connections
    notifier = Notifier(context, sockets)
    async with asyncio.TaskGroup() as tasks:
        running = [
            tasks.create_task(sockets.run()),
            tasks.create_task(notifier.run(bus)),
            tasks.create_task(keep("the announcement of helpers", helpers.run)),
            tasks.create_task(keep("the pings of pages that control", pages.run)),
        ]
        forgets = [bus.subscribe(helpers.on_event), bus.subscribe(pages.on_event)]
        await sockets.ready.wait()
        try:
            yield app
        finally:
            for forget in forgets:
                forget()
            for task in running:
                task.cancel()
            await desk.close()


async def _measure(context: WebContext, metrics: WebMetrics) -> None:
    """Ask how the search stands and what media processes carry; nobody waits for one that hangs."""
    metrics.search(context.services.catalogue.meaning_state)
    try:
        async with asyncio.timeout(_FIGURES_S):
            metrics.media(await context.services.media.figures())
    except (TimeoutError, DomainError):
        metrics.media(())


def _closing(
    sockets: LiveSockets, helpers: HelperSockets, pages: ControlSockets
) -> Callable[[web.Application], Awaitable[None]]:
    async def close(app: web.Application) -> None:
        pages.close()
        helpers.close()
        await sockets.say_goodbye()

    return close
