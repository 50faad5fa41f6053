"""Helpers of counter PCs: paired once by a code from the clerk's own page, one for each PC, until revoked."""

from dataclasses import dataclass

from signaling.domain.actor import Actor
from signaling.domain.audit import ANONYMOUS, AuditAct, AuditResult
from signaling.domain.counters import CounterHelper
from signaling.domain.errors import ForbiddenError, LimitError, SignInError, StateError
from signaling.domain.events import HelperPaired, HelpersRevoked, PairedDevice
from signaling.domain.roles import Permission
from signaling.domain.subject import Subject, SubjectKind
from signaling.services.audit import AuditService
from signaling.services.directory import DirectoryService
from signaling.services.pairing import PairingCodes
from signaling.services.ports import Ports
from signaling.services.scope import require_region
from signaling.services.tokens import token_digest


@dataclass(frozen=True, slots=True)
class HelperCredential:
    """A freshly paired helper and its key, given once."""

    helper: CounterHelper
    key: str


class HelperService:
    """Pairs helpers, knows them by their keys, and lets them go."""

    def __init__(
        self, ports: Ports, directory: DirectoryService, audit: AuditService, codes: PairingCodes
    ) -> None:
        self._ports = ports
        self._directory = directory
        self._audit = audit
        self._codes = codes

    async def code(self, actor: Actor, counter: str) -> tuple[str, int]:
        """Return a one-time code for the helper of the clerk's own PC, and its lifetime in seconds.

        Raises:
            ForbiddenError: `no_point`. StateError: `point_closed`.
        """
        if actor.point_id is None:
            raise ForbiddenError("no_point")
        self._require_open(actor.point_id)
        return await self._codes.make(PairedDevice.HELPER, actor.point_id, actor.person, counter)

    async def pair(self, code: str, *, name: str, system: str, address: str) -> HelperCredential:
        """Pair a helper; another one of the same PC is let go. Raises as `PairingCodes.take` does."""
        try:
            made = await self._codes.take(PairedDevice.HELPER, code, address)
        except (SignInError, LimitError):
            await self._audit.record_anonymous(
                ANONYMOUS, address, AuditAct.HELPER_PAIR, "helper", AuditResult.REFUSED
            )
            raise
        self._require_open(made.point_id)
        before = await self.of_counter(made.point_id, made.counter)
        key = self._ports.secrets.token()
        helper = CounterHelper(
            self._ports.secrets.new_id(),
            made.point_id,
            made.counter,
            name,
            system,
            self._ports.clock.now(),
            made.staff_id,
        )
        await self._ports.helpers.add(helper, token_digest(key))
        if before is not None:
            await self._let_go(before)
        await self._audit.record_anonymous(
            made.staff_id,
            address,
            AuditAct.HELPER_PAIR,
            helper.helper_id,
            AuditResult.DONE,
            point=helper.point_id,
        )
        await self._ports.bus.publish(HelperPaired(helper))
        return HelperCredential(helper, key)

    async def actor_of(self, key: str, address: str) -> tuple[Actor, CounterHelper]:
        """Return whose key it is; raises `session_ended` for one that is unknown or revoked."""
        helper = await self._ports.helpers.by_key(token_digest(key))
        if helper is None:
            raise SignInError("session_ended")
        point = self._directory.current.point(helper.point_id)
        if not point.enabled:
            raise SignInError("session_ended")
        actor = Actor(
            who=Subject(SubjectKind.HELPER, helper.helper_id),
            name=point.name,
            permissions=frozenset(),
            region_code=point.region_code,
            point_id=helper.point_id,
            address=address,
        )
        return actor, helper

    async def of_counter(self, point_id: str, counter: str) -> CounterHelper | None:
        """Return the helper of a counter PC."""
        helpers = await self._ports.helpers.of_point(point_id)
        return next((helper for helper in helpers if helper.counter == counter), None)

    async def of_point(self, actor: Actor, point_id: str) -> list[CounterHelper]:
        """Return the helpers of a point, for who looks after it."""
        actor.require(Permission.POINT_WRITE)
        require_region(self._directory.current, actor, self._directory.current.point(point_id).region_code)
        return await self._ports.helpers.of_point(point_id)

    async def revoke(self, actor: Actor, point_id: str) -> int:
        """End the pairing of all helpers of a point and cut their connections; return how many."""
        helpers = await self.of_point(actor, point_id)
        await self._let_go(*helpers)
        await self._audit.record(actor, AuditAct.HELPER_REVOKED, point_id, count=len(helpers))
        return len(helpers)

    async def _let_go(self, *helpers: CounterHelper) -> None:
        ids = tuple(helper.helper_id for helper in helpers)
        if ids:
            await self._ports.helpers.revoke(ids)
            await self._ports.bus.publish(HelpersRevoked(ids))

    def _require_open(self, point_id: str) -> None:
        if not self._directory.current.point(point_id).enabled:
            raise StateError("point_closed")
