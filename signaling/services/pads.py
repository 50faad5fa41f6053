"""Rating pads: devices of their own, paired once with a point by a six-digit code, until they are revoked."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from signaling.domain.actor import Actor
from signaling.domain.audit import ANONYMOUS, AuditAct, AuditResult
from signaling.domain.errors import ForbiddenError, SignInError, StateError
from signaling.domain.events import PadPaired, PadsRevoked, PairedDevice
from signaling.domain.feedback import Pad
from signaling.domain.roles import Permission, Role, permissions_of
from signaling.domain.subject import Subject, SubjectKind
from signaling.services.audit import AuditService
from signaling.services.directory import DirectoryService
from signaling.services.pairing import PairingCodes
from signaling.services.ports import Ports
from signaling.services.scope import require_region
from signaling.services.settings import ServiceSettings
from signaling.services.tokens import token_digest


@dataclass(frozen=True, slots=True)
class PadCredential:
    """A freshly paired pad and its device token, shown once."""

    pad: Pad
    token: str


class PadService:
    """Pairs pads, knows them by their tokens, and lets them go."""

    def __init__(
        self,
        ports: Ports,
        settings: ServiceSettings,
        directory: DirectoryService,
        audit: AuditService,
        codes: PairingCodes,
    ) -> None:
        self._ports = ports
        self._settings = settings
        self._directory = directory
        self._audit = audit
        self._codes = codes

    async def code(self, actor: Actor) -> tuple[str, int]:
        """Return a one-time code for the clerk's point and its lifetime in seconds.

        Raises:
            ForbiddenError: `no_point`. StateError: `point_closed`.
        """
        if actor.point_id is None:
            raise ForbiddenError("no_point")
        self._require_open(actor.point_id)
        return await self._codes.make(PairedDevice.PAD, actor.point_id, actor.person)

    async def pair(self, code: str, address: str) -> PadCredential:
        """Pair a pad; raises as `PairingCodes.take` does."""
        try:
            made = await self._codes.take(PairedDevice.PAD, code, address)
        except SignInError:
            await self._audit.record_anonymous(
                ANONYMOUS, address, AuditAct.PAD_PAIR, "pad", AuditResult.REFUSED
            )
            raise
        return await self._pair(made.point_id, made.staff_id, address)

    async def pair_demo(self, point_id: str, address: str) -> PadCredential:
        """Pair a pad without a code; demo servers only."""
        if not self._settings.demo:
            raise ForbiddenError
        return await self._pair(point_id, "demo", address)

    async def actor_of(self, token: str, address: str) -> Actor:
        """Return who a device token belongs to; raises `session_ended` for unknown or revoked ones."""
        pad = await self._ports.feedback.pad_by_token(token_digest(token))
        if pad is None:
            raise SignInError("session_ended")
        point = self._directory.current.point(pad.point_id)
        if not point.enabled:
            raise SignInError("session_ended")
        return Actor(
            who=Subject(SubjectKind.PAD, pad.pad_id),
            name=point.name,
            permissions=permissions_of([Role.PAD], []),
            region_code=point.region_code,
            point_id=pad.point_id,
            address=address,
        )

    async def still_paired(self, pad_ids: Collection[str]) -> Collection[str]:
        """Return which of some pads are paired with a point, as it is stored."""
        if not pad_ids:
            return ()
        return {pad.pad_id for pad in await self._ports.feedback.pads()}

    async def paired(self) -> Mapping[str, int]:
        """Return how many pads each point has; points without one are missing."""
        return Counter(pad.point_id for pad in await self._ports.feedback.pads())

    async def revoke(self, actor: Actor, point_id: str) -> int:
        """解除配对: end the pairing of all pads of a point and cut their sockets; return how many."""
        actor.require(Permission.POINT_WRITE)
        require_region(self._directory.current, actor, self._directory.current.point(point_id).region_code)
        revoked = await self._revoke(point_id, keep=0)
        await self._audit.record(actor, AuditAct.PAD_REVOKED, point_id, count=revoked)
        return revoked

    async def _revoke(self, point_id: str, *, keep: int) -> int:
        revoked = await self._ports.feedback.revoke_pads(point_id, keep=keep)
        if revoked:
            await self._ports.bus.publish(PadsRevoked(tuple(revoked), point_id))
        return len(revoked)

    def _require_open(self, point_id: str) -> None:
        if not self._directory.current.point(point_id).enabled:
            raise StateError("point_closed")

    async def _pair(self, point_id: str, staff_id: str, address: str) -> PadCredential:
        self._require_open(point_id)
        token = self._ports.secrets.token()
        pad = Pad(self._ports.secrets.new_id(), point_id, self._ports.clock.now(), staff_id)
        await self._ports.feedback.add_pad(pad, token_digest(token))
        replaced = await self._revoke(point_id, keep=self._settings.ratings.pads_per_point)
        await self._audit.record_anonymous(
            staff_id,
            address,
            AuditAct.PAD_PAIR,
            pad.pad_id,
            AuditResult.DONE,
            point=point_id,
            replaced=replaced,
        )
        await self._ports.bus.publish(PadPaired(pad.pad_id, point_id))
        return PadCredential(pad, token)
