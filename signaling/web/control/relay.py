"""From the page of who controls to the counter PC and back: at once where both are here, else by courier.

    page ── Gate ──► to_helper ──► Lease ── helper
         ◄──────────  to_page  ◄──

Nothing here waits, neither for a store nor for the event bus, and nothing is kept: what has nowhere to go is
gone. That something was lost shows in its numbers, that nothing comes any more in the heartbeats.
"""

import logging
from typing import Final, Protocol

from pydantic import TypeAdapter, ValidationError
from pydantic_core import to_json

from signaling.domain.control.grant import Control
from signaling.services.ports import Courier
from signaling.web.control.page_wire import TO_PAGE
from web_client.helper.envelope import Frame, WireError, parse, write
from web_client.helper.wire import DOWN

_CONTROL: Final = TypeAdapter(Control)
_log = logging.getLogger(__name__)


class PageEnd(Protocol):
    """The page of who controls."""

    def tell(self, frame: Frame, process: str) -> None:
        """Take what the helper's end in a process says."""
        ...

    def changed(self, control: Control) -> None:
        """Take the grant as it is now."""
        ...


class HelperEnd(Protocol):
    """The helper of a counter PC."""

    def obey(self, frame: Frame) -> None:
        """Take what the page says."""
        ...

    def changed(self, control: Control) -> None:
        """Take the grant as it is now."""
        ...


class Relay:
    """Knows the pages and helpers of this process, and reaches those of others."""

    def __init__(self, courier: Courier) -> None:
        self._courier = courier
        self.pages: dict[str, PageEnd] = {}
        """By control."""
        self.helpers: dict[str, HelperEnd] = {}
        """By helper."""
        courier.hear(self._take)

    @property
    def process(self) -> str:
        """The name of this process."""
        return self._courier.process

    def to_helper(self, control: Control, frame: Frame) -> bool:
        """Hand a page's message to the helper; False when it cannot be taken."""
        if control.helper_at != self.process:
            return self._send(control.helper_at, "helper", control.helper_id, write(frame))
        helper = self.helpers.get(control.helper_id)
        if helper is not None:
            helper.obey(frame)
        return helper is not None

    def to_page(self, control: Control, frame: Frame) -> None:
        """Hand a helper's message to the page."""
        process = control.taken_up_at
        if process is not None and process != self.process:
            self._send(process, "page", control.control_id, write(frame))
        elif (page := self.pages.get(control.control_id)) is not None:
            page.tell(frame, self.process)

    def changed(self, control: Control) -> None:
        """Tell both ends how a grant is whose home is here."""
        self._changed(control)
        others = {control.helper_at, control.taken_up_at} - {self.process, None}
        for process in others if control.helper_id else ():
            if process is not None:
                document = to_json(control, inf_nan_mode="constants").decode()
                self._send(process, "control", control.control_id, document)

    def _changed(self, control: Control) -> None:
        helper, page = self.helpers.get(control.helper_id), self.pages.get(control.control_id)
        if helper is not None:
            helper.changed(control)
        if page is not None:
            page.changed(control)

    def _send(self, process: str, kind: str, whose: str, document: str) -> bool:
        taken = self._courier.send(process, f"{kind} {whose} {self.process} {document}")
        if not taken:
            _log.warning("a message of control to another process had no place")
        return taken

    def _take(self, text: str) -> None:
        """Hand on what another process says; what cannot be read costs nothing but itself."""
        kind, whose, process, document = [*text.split(" ", 3), "", "", "", ""][:4]
        try:
            match kind:
                case "helper" if whose in self.helpers:
                    self.helpers[whose].obey(parse(document, DOWN))
                case "page" if whose in self.pages:
                    self.pages[whose].tell(parse(document, TO_PAGE), process)
                case "control":
                    self._changed(_CONTROL.validate_json(document))
        except (WireError, ValidationError) as error:
            _log.warning("a message of control between processes cannot be read: %s", type(error).__name__)
