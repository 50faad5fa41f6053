"""The grants of the calls whose rooms are in this process: one a call at most, each change logged and told.

A grant lives in the memory of the call's home alone, and with its process: whoever takes the room over knows
of none, so a new consent is needed. What is kept is the call's log.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Final

from signaling.domain.call_model import Call
from signaling.domain.control.grant import NEVER, Control, ControlEnd
from signaling.domain.control.inputs import ControlInput, Stopped, TakenUp, TimePassed
from signaling.domain.control.policy import ControlPolicy, ControlStand, narrowest, obstacle
from signaling.domain.control.table import ControlRules, Given, Hand, apply
from signaling.domain.errors import NotFoundError
from signaling.domain.events import ControlChanged, ControlStandChanged
from signaling.domain.steps.step import Logged
from signaling.domain.subject import Subject
from signaling.services.call_desk import CallDesk
from signaling.services.control_log import entry
from signaling.services.counter_pcs import CounterPcs
from signaling.services.directory import DirectoryService
from signaling.services.ports import Ports
from signaling.services.settings import ControlSettings

UNATTENDED_S: Final = 6.0
"""The process with the controller's connection attends each second; one that was killed does not."""

_log = logging.getLogger(__name__)


class Grants:
    """Every change goes through the table.

    Args:
        changed: set with each change, since deadlines may have changed.
    """

    def __init__(
        self,
        ports: Ports,
        settings: ControlSettings,
        directory: DirectoryService,
        desk: CallDesk,
        pcs: CounterPcs,
        changed: asyncio.Event,
    ) -> None:
        self._ports = ports
        self._settings = settings
        self._directory = directory
        self._desk = desk
        self._pcs = pcs
        self._changed = changed
        self._live: dict[str, Control] = {}
        """By call."""
        self._told: dict[str, ControlStand] = {}
        """By call: how its people know that it stands."""
        self._attended: dict[str, float] = {}
        """By grant: when the process with the controller's connection was last heard of."""
        self._watchers: list[Callable[[Control], None]] = []

    def of(self, call_id: str) -> Control | None:
        """Return the question or grant of a call."""
        return self._live.get(call_id)

    def all(self) -> list[Control]:
        """Return every question and grant."""
        return list(self._live.values())

    def knows(self, call_id: str) -> bool:
        """True when something is kept of a call."""
        return call_id in self._told or call_id in self._live

    def forget(self, call_id: str) -> None:
        """Keep nothing of a call that is over."""
        self._told.pop(call_id, None)

    def watch(self, watcher: Callable[[Control], None]) -> None:
        """Call `watcher` with each change of a grant whose home is here, before anybody else hears of it.

        An end must reach the counter PC whatever the event bus has to do; it must neither wait nor raise.
        """
        self._watchers.append(watcher)

    # --- one change

    async def end(self, call_id: str, end: ControlEnd) -> None:
        """End what there is in a call, for a reason of the server's own."""
        control = self._live.get(call_id)
        if control is not None:
            await self.step(control, Stopped(end), Hand.SERVER)

    async def step(
        self, control: Control, given: ControlInput, hand: Hand, who: Subject | None = None
    ) -> Control:
        """Return a grant, just read, after what somebody does; raises as `table.apply` does."""
        by = Given(hand, who, self._ports.clock.now())
        policy = self._policy(self._desk.live_call(control.call_id))
        times = self._settings
        after = apply(control, given, by, ControlRules(times.once_within, times.take_up_within, policy))
        if isinstance(given, TakenUp):
            self.attended(after)
        if after != control:
            await self.keep(after, entry(after, given, by))
        return after

    async def keep(self, control: Control, logged: Logged | None) -> None:
        """Told first, logged then: an end must reach the counter PC however the database fares."""
        if control.is_over:
            self._live.pop(control.call_id, None)
            self._attended.pop(control.control_id, None)
        else:
            self._live[control.call_id] = control
        for watcher in self._watchers:
            watcher(control)
        self._changed.set()
        told = self._ports.bus.publish(ControlChanged(control))
        if logged is not None:
            await self.write(control.call_id, logged)
        await told
        await self.tell_stand(control.call_id)

    async def write(self, call_id: str, logged: Logged) -> None:
        """Put an entry into the call's log; where that cannot be done, say so in the service's own."""
        try:
            await self._ports.calls.append(call_id, (logged,), self._ports.clock.now())
        except Exception:
            _log.exception("call %s: %s is not in its log", call_id, logged.kind.value)

    # --- time

    def attended(self, control: Control) -> None:
        """Note that the process with the controller's connection is there."""
        self._attended[control.control_id] = self._ports.clock.now()

    @property
    def next_deadline(self) -> float:
        """When time alone changes something next, in seconds of the server's clock."""
        deadlines = [control.next_deadline for control in self._live.values()]
        unattended = [at + UNATTENDED_S for at in self._attended.values()]
        return min([*deadlines, *unattended], default=NEVER)

    async def expire(self) -> None:
        """End what its time is over for."""
        for call_id in tuple(self._live):
            control = self._live.get(call_id)
            if control is not None and self._ports.clock.now() >= control.next_deadline:
                await self.step(control, TimePassed(), Hand.SERVER)

    async def end_unattended(self) -> None:
        """End what the process with the controller's connection tells nothing of any more."""
        for control in self.all():
            lost_at = self._attended.get(control.control_id, NEVER) + UNATTENDED_S
            if self._ports.clock.now() >= lost_at:
                await self.end(control.call_id, ControlEnd.CONTROLLER_LOST)

    # --- where it stands

    async def tell_stand(self, call_id: str) -> None:
        """Tell the call's people where control stands, unless they know."""
        call = self._desk.live_call(call_id)
        if call is None:
            return
        stand = self.stand(call)
        if self._told.get(call_id) != stand:
            self._told[call_id] = stand
            await self._ports.bus.publish(ControlStandChanged(call_id, stand))

    def stand(self, call: Call) -> ControlStand:
        """Return where control stands in a call."""
        policy, control = self._policy(call), self._live.get(call.call_id)
        here = self._pcs.here(call.call_id)
        return ControlStand(
            control=control,
            obstacle=obstacle(self._pcs.situation(call, under_way=control is not None), policy),
            helper=self._pcs.stand(call.call_id),
            monitors=here.monitors if here is not None else (),
            rev=here.rev if here is not None else 0,
            scopes=policy.scopes,
            longest_s=policy.lasts_at_most_s,
        )

    def _policy(self, call: Call | None) -> ControlPolicy:
        """Return what its point and its item let be granted in a call: nothing in one that is over."""
        if call is None:
            return ControlPolicy(frozenset())
        directory = self._directory.current
        return narrowest([directory.point(call.point_id).control, directory.item(call.item_code).control])

    def require(self, call_id: str, control_id: str | None = None) -> Control:
        """Return the question or grant of a call, that one if named; raise `control_gone`."""
        control = self._live.get(call_id)
        if control is None or (control_id is not None and control.control_id != control_id):
            raise NotFoundError("control_gone")
        return control
