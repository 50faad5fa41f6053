"""The counter PCs of calls: which PC a clerk's page is on, its helper, what of its desktop is shared.

A call's helper is the paired one of the clerk's PC. Where the practice PC is shared it is the practice
helper, a part of the counter's own page, which is let in by a key that its call gives, in drills alone.
"""

import hmac
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from signaling.domain.call_model import Call
from signaling.domain.control.grant import NEVER
from signaling.domain.control.policy import HelperStand, Situation
from signaling.domain.counters import CounterHelper, CounterMonitor
from signaling.domain.errors import InvalidError, SignInError
from signaling.domain.events import HelperHere
from signaling.domain.ids import StaffId
from signaling.domain.members import Part
from signaling.domain.session import DisplaySurface, Producer, Track
from signaling.services.helpers import HelperService
from signaling.services.ports import Ports
from signaling.services.rooms import Rooms
from signaling.services.tokens import token_digest

SILENT_S: Final = 16.0
"""A helper that its process tells of every 5 s and that was not heard of for so long is gone with it."""
PRACTICE_KEY_S: Final = 600.0
"""How long a practice helper may take to say hello for the first time."""
_PRACTICE: Final = "practice-"


@dataclass(frozen=True, slots=True)
class _Practice:
    """The practice helper of a call, and what it shows to be let in."""

    helper: CounterHelper
    digest: str
    until: float


@dataclass(frozen=True, slots=True)
class _Heard:
    here: HelperHere
    at: float


class CounterPcs:
    """Knows the counter PCs of the calls whose rooms are here, and all helpers connected anywhere."""

    def __init__(self, ports: Ports, rooms: Rooms, helpers: HelperService) -> None:
        self._ports = ports
        self._rooms = rooms
        self._helpers = helpers
        self._paired: dict[str, CounterHelper | None] = {}
        """By call, once the clerk's page has said where it is."""
        self._practice: dict[str, _Practice] = {}
        """By call."""
        self._here: dict[str, _Heard] = {}
        """By helper: those that are connected to some process."""
        self._too_old: set[str] = set()
        """Helpers that were sent away for their version and have not come with another one since."""

    async def at_counter(self, call: Call, counter: str) -> None:
        """Note which PC the clerk's page is on."""
        self._paired[call.call_id] = await self._helpers.of_counter(call.point_id, counter)

    def knows(self, call_id: str) -> bool:
        """True when something is kept of a call."""
        return call_id in self._paired or call_id in self._practice

    def forget(self, call_id: str) -> tuple[str, ...]:
        """Keep nothing of a call that is over; return the helpers that go with it."""
        self._paired.pop(call_id, None)
        practice = self._practice.pop(call_id, None)
        return (practice.helper.helper_id,) if practice is not None else ()

    def helper_of(self, call_id: str) -> CounterHelper | None:
        """Return the helper of what is shared; with nothing shared of what would be."""
        practice, surface = self._practice.get(call_id), self.shares(call_id)
        is_ready = practice is not None and practice.helper.helper_id in self._here
        if practice is not None and (surface is DisplaySurface.PRACTICE or (surface is None and is_ready)):
            return practice.helper
        return None if surface is DisplaySurface.PRACTICE else self._paired.get(call_id)

    def here(self, call_id: str) -> HelperHere | None:
        """Return what is known of the connection of a call's helper, None while it has none."""
        helper = self.helper_of(call_id)
        heard = self._here.get(helper.helper_id) if helper is not None else None
        return heard.here if heard is not None else None

    def monitor(self, call_id: str, named: str) -> tuple[HelperHere, CounterMonitor]:
        """Return a call's helper and its monitor of that id, or the only one there is for an empty id.

        Raises:
            InvalidError: `monitor`, there is no such monitor, or there are several.
        """
        here = self.here(call_id)
        found = [one for one in here.monitors if named in ("", one.id)] if here is not None else []
        if here is None or len(found) != 1:
            raise InvalidError("monitor", field="monitor")
        return here, found[0]

    def situation(self, call: Call, *, under_way: bool) -> Situation:
        """Return what is true of a call when control is asked for."""
        here = self.here(call.call_id)
        return Situation(
            is_connected=call.is_joined,
            shares=self.shares(call.call_id),
            has_helper=here is not None,
            helper_too_old=self.stand(call.call_id).too_old,
            under_way=under_way,
        )

    def stand(self, call_id: str) -> HelperStand:
        """Return how a call's helper stands, for its people."""
        return self._stand_of(self.helper_of(call_id))

    async def stand_at(self, point_id: str, counter: str) -> HelperStand:
        """Return how the helper of a PC of a point stands, in a call or not."""
        return self._stand_of(await self._helpers.of_counter(point_id, counter))

    def _stand_of(self, helper: CounterHelper | None) -> HelperStand:
        if helper is None:
            return HelperStand()
        helper_id = helper.helper_id
        return HelperStand(True, helper_id in self._here, helper_id in self._too_old, helper.name)

    def shares(self, call_id: str) -> DisplaySurface | None:
        """Return what of the counter's desktop is shared, None for nothing."""
        desktop = self._desktop(call_id)
        return (desktop.display_surface or DisplaySurface.WINDOW) if desktop is not None else None

    def share(self, call_id: str) -> str:
        """Return which track that is, empty for none."""
        desktop = self._desktop(call_id)
        return desktop.producer_id if desktop is not None else ""

    def _desktop(self, call_id: str) -> Producer | None:
        room = self._rooms.get(call_id)
        if room is None:
            return None
        clerks = {
            seat.participant.participant_id
            for seat in room.seats.values()
            if seat.participant.part is Part.CLERK
        }
        desktops = (
            producer
            for producer in room.producers()
            if producer.track is Track.DESKTOP and producer.participant_id in clerks
        )
        return next(desktops, None)

    # --- helpers come and go

    def heard(self, event: HelperHere) -> None:
        """Note that a helper is there, or is so no more."""
        known = self._here.get(event.helper_id)
        if known is not None and event.since < known.here.since:
            return  # of a connection whose place another one has taken
        if event.here:
            self._here[event.helper_id] = _Heard(event, self._ports.clock.now())
            self._too_old.discard(event.helper_id)
        else:
            self._here.pop(event.helper_id, None)

    def connection(self, helper_id: str) -> tuple[str, float] | None:
        """Return which connection of a helper counts, None for none."""
        heard = self._here.get(helper_id)
        return (heard.here.process, heard.here.since) if heard is not None else None

    def sent_away(self, helper_id: str) -> None:
        """Note that a helper's version is too old; one that is connected is another program of that PC."""
        if helper_id not in self._here:
            self._too_old.add(helper_id)

    def lost(self, helper_id: str) -> None:
        """Note that a helper is gone for good."""
        self._here.pop(helper_id, None)
        self._too_old.discard(helper_id)

    def silent(self) -> list[str]:
        """Return the helpers whose process tells of them no more."""
        now = self._ports.clock.now()
        return [helper_id for helper_id, heard in self._here.items() if now >= heard.at + SILENT_S]

    @property
    def next_deadline(self) -> float:
        """When the next helper counts as gone unless it is told of again."""
        return min((heard.at + SILENT_S for heard in self._here.values()), default=NEVER)

    def calls_of(self, helper_id: str) -> list[str]:
        """Return the calls whose counter PC it is on."""
        paired: Iterable[tuple[str, CounterHelper | None]] = self._paired.items()
        practising = ((call_id, one.helper) for call_id, one in self._practice.items())
        return [
            call_id
            for call_id, helper in (*paired, *practising)
            if helper is not None and helper.helper_id == helper_id
        ]

    # --- practice

    def practise(self, call: Call, clerk: StaffId) -> tuple[str, tuple[str, ...]]:
        """Return a key for the practice helper of a call, and the helper whose place it takes."""
        now, secrets = self._ports.clock.now(), self._ports.secrets
        before = self._practice.get(call.call_id)
        key = f"{_PRACTICE}{len(call.call_id)}-{call.call_id}{secrets.token()}"
        helper = CounterHelper(
            _PRACTICE + secrets.new_id(), call.point_id, _PRACTICE[:-1], "", "", now, clerk
        )
        self._practice[call.call_id] = _Practice(helper, token_digest(key), now + PRACTICE_KEY_S)
        return key, (before.helper.helper_id,) if before is not None else ()

    def admit_practice(self, call_id: str, key: str, name: str, system: str) -> CounterHelper:
        """Return whose key it is; raises `session_ended` for one that its call does not know any more."""
        practice = self._practice.get(call_id)
        if practice is None or not hmac.compare_digest(practice.digest, token_digest(key)):
            raise SignInError("session_ended")
        if self._ports.clock.now() >= practice.until:
            raise SignInError("session_ended")
        helper = replace(practice.helper, name=name, system=system)
        self._practice[call_id] = replace(practice, helper=helper, until=NEVER)
        return helper


def practised_call(key: str) -> str | None:
    """Return the call a practice key says it is of; None for another key."""
    head, _, rest = key.removeprefix(_PRACTICE).partition("-")
    if not key.startswith(_PRACTICE) or not (head.isascii() and head.isdigit() and len(head) < 3):
        return None
    return rest[: int(head)]
