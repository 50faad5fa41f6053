"""Signing in: passwords, refresh tokens that rotate, revocation; how often one may try is `sign_in_guard`."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import NoReturn

from signaling.domain.actor import Actor
from signaling.domain.audit import UNKNOWN, AuditAct, AuditResult
from signaling.domain.directory_data import DirectoryChange
from signaling.domain.errors import ForbiddenError, InvalidError, NotFoundError, SignInError
from signaling.domain.events import DirectoryChanged, DomainEvent, NewsMissed, SessionRevoked
from signaling.domain.passwords import weakness
from signaling.domain.roles import Home, Permission, home_of, permissions_of
from signaling.domain.staff import Staff
from signaling.domain.subject import Subject
from signaling.services.audit import AuditService
from signaling.services.directory import DirectoryService
from signaling.services.ports import Ports
from signaling.services.settings import ServiceSettings
from signaling.services.sign_in_guard import SignInGuard, Verdict, Visitor, name_digest
from signaling.services.stores import ConflictError, Credential, SignIn
from signaling.services.tokens import family_digest, renew, token_digest

RIGHTS_CHANGED = "rights_changed"
"""Why a sign-in is not what it was: what the person may do, or where, is something else."""
_RENEWALS = 4
"""Requests of one tab that overlap: each can be overtaken by the ones beside it."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A sign-in of one tab.

    The access token carries `session_id` and `staff.staff_id`; the refresh token goes into the tab's
    cookie. It is None when the cookie the browser has (or just got by a concurrent answer) stays good.
    """

    staff: Staff
    session_id: str
    refresh_token: str | None
    permissions: frozenset[Permission]
    home: Home


class AccountService:
    """Who somebody is, and for how long that is believed."""

    def __init__(
        self, ports: Ports, settings: ServiceSettings, directory: DirectoryService, audit: AuditService
    ) -> None:
        self._ports = ports
        self._settings = settings
        self._directory = directory
        self._audit = audit
        self._guard = SignInGuard(ports, settings.accounts)
        self._trusted: frozenset[str] = frozenset()
        """Whose sockets may live, at the last reading of the directory."""

    async def login(self, username: str, password: str, tab: str, visitor: Visitor) -> SignedIn:
        """Sign in by password.

        Raises:
            SignInError: always `bad_credentials`, after the same time: nobody learns which names there are.
                The audit log knows more: `locked_out`, `account_disabled`.
            BusyError: too many logins at once.
        """
        person = self._directory.current.staff_named(username)
        if person is not None and person.demo and not self._settings.demo:
            person = None  # the service refuses demo accounts
        verdict = await self._prove(person, username, password, visitor)
        if person is None or verdict is not Verdict.RIGHT:
            await self._refused(person.staff_id if person else UNKNOWN, visitor.address, verdict.value)
        if not person.enabled:
            await self._refused(person.staff_id, visitor.address, "account_disabled")
        await self._audit.record_anonymous(
            person.staff_id, visitor.address, AuditAct.ACCOUNT_LOGIN, person.staff_id, AuditResult.DONE
        )
        return await self._begin(person, tab)

    async def refresh(self, token: str, tab: str, address: str) -> SignedIn:
        """Continue a tab's sign-in; the token rotates as the table in `tokens` says.

        A token that was given up means that one was stolen: the sign-in ends and its sockets are cut.
        Raises `session_ended`.
        """
        for _ in range(_RENEWALS):
            now = self._ports.clock.now()
            sign_in = await self._ports.accounts.by_family(family_digest(token))
            if sign_in is None or sign_in.tab != tab or not self._is_alive(sign_in, now):
                break
            person = self._person(sign_in.staff_id)
            tolerance, salt = self._settings.accounts.reuse_tolerance, self._ports.secrets.token()
            renewal = renew(sign_in, token, now=now, tolerance=tolerance, salt=salt)
            if renewal is None:
                await self._end(sign_in, "token_reused", address)
                break
            try:
                if renewal.sign_in != sign_in:
                    await self._ports.accounts.save_sign_in(renewal.sign_in, if_digest=sign_in.token_digest)
            except ConflictError:  # a request beside this one was first: look again
                continue
            return self._signed_in(person, sign_in.session_id, renewal.token)
        raise SignInError("session_ended")

    async def logout(self, token: str, address: str) -> None:
        """End the tab's sign-in; unknown tokens are ignored."""
        sign_in = await self._ports.accounts.by_family(family_digest(token))
        if sign_in is not None and sign_in.revoked_at is None:
            await self._end(sign_in, "signed_out", address)

    async def change_password(self, actor: Actor, old: str, new: str) -> SignedIn:
        """Set a new password and end the person's other sign-ins.

        Raises:
            SignInError: `bad_credentials` for a wrong old one. InvalidError: `password_unchanged`, or
            what `passwords.weakness` finds.
        """
        person = self._directory.current.staff(actor.person)
        visitor = Visitor(actor.address, device=actor.session_id)
        verdict = await self._prove(person, person.username, old, visitor)
        if verdict is not Verdict.RIGHT:
            await self._refused(person.staff_id, actor.address, verdict.value)
        least = self._settings.accounts.least_password
        wrong = "password_unchanged" if new == old else None
        wrong = wrong or weakness(new, username=person.username, name=person.name, least=least)
        if wrong is not None:
            raise InvalidError(wrong, field="new_password", least=least)
        await self.set_password(person, new, must_change=False)
        await self._audit.record(actor, AuditAct.ACCOUNT_PASSWORD, person.staff_id)
        await self._revoke_others(person, actor.session_id)
        return self._signed_in(self._directory.current.staff(person.staff_id), actor.session_id or "", None)

    async def set_password(self, person: Staff, password: str, *, must_change: bool) -> None:
        """Store a password, and forgive the failures with the one before; the caller has checked who asks."""
        encoded = await self._ports.passwords.hash(password)
        await self._ports.accounts.save_credential(Credential(person.staff_id, encoded))
        await self._ports.accounts.forgive_attempts(name_digest(person.staff_id))
        if person.must_change_password is not must_change:
            changed = replace(person, must_change_password=must_change)
            await self._directory.change(DirectoryChange(staff=(changed,)))

    async def demo_sign_in(self, staff_id: str, tab: str, address: str) -> SignedIn:
        """Sign in as a demo person; demo servers only."""
        person = self._person(staff_id)
        if not (self._settings.demo and person.demo):
            raise ForbiddenError
        await self._audit.record_anonymous(
            staff_id, address, AuditAct.ACCOUNT_LOGIN, staff_id, AuditResult.DONE, demo=True
        )
        return await self._begin(person, tab)

    async def actor_of(self, staff_id: str, session_id: str, address: str) -> Actor:
        """Return who an access token speaks for; raises `session_ended` when revoked, over or disabled."""
        sign_in = await self._ports.accounts.sign_in(session_id)
        now = self._ports.clock.now()
        if sign_in is None or sign_in.staff_id != staff_id or not self._is_alive(sign_in, now):
            raise SignInError("session_ended")
        actor = self.actor(self._person(staff_id), session_id, address)
        return replace(actor, ends_at=self._ends_at(sign_in))

    async def no_longer(self, actors: Collection[Actor]) -> Mapping[str, str]:
        """Return which sign-ins are not good any more for what they were: session id → why.

        Everything is read from the store: what this process remembers may be what it missed to hear.

        Args:
            actors: people with a sign-in.
        """
        now = self._ports.clock.now()
        sign_ins = await self._ports.accounts.sign_ins({actor.session_id or "" for actor in actors})
        people = await self._ports.directory.people({actor.person for actor in actors})
        reasons = {
            actor.session_id or "": self._why_not(
                actor, sign_ins.get(actor.session_id or ""), people.get(actor.person), now
            )
            for actor in actors
        }
        if RIGHTS_CHANGED in reasons.values():
            await self._directory.reload()
        return {session_id: reason for session_id, reason in reasons.items() if reason is not None}

    def _why_not(self, actor: Actor, sign_in: SignIn | None, person: Staff | None, now: float) -> str | None:
        if person is None or not person.enabled:
            return "disabled"
        if sign_in is None or not self._is_alive(sign_in, now):
            return "expired"
        fresh = self.actor(person, actor.session_id, actor.address)
        return None if fresh == replace(actor, ends_at=fresh.ends_at) else RIGHTS_CHANGED

    def actor(self, staff: Staff, session_id: str | None, address: str) -> Actor:
        """Return a person as an actor; one who must change the password may do nothing else."""
        allowed = frozenset[Permission]() if staff.must_change_password else _permissions(staff)
        return Actor(
            who=Subject.of_staff(staff.staff_id),
            name=staff.name,
            permissions=allowed,
            region_code=staff.region_code,
            session_id=session_id,
            department_ids=frozenset(staff.department_ids),
            point_id=staff.point_id,
            address=address,
        )

    async def revoke_all(self, staff_id: str, reason: str) -> None:
        """End every sign-in of a person and cut their sockets."""
        await self._ports.accounts.revoke(staff_id, self._ports.clock.now())
        await self._ports.bus.publish(SessionRevoked(staff_id, None, reason))

    def started(self) -> None:
        """The directory was read: from now on, who loses their trust is cut off."""
        self._trusted = self._trusted_now()

    async def on_event(self, event: DomainEvent) -> None:
        """Cut the sockets of who was disabled or given a new first password, wherever that was done."""
        if isinstance(event, DirectoryChanged | NewsMissed):
            before, self._trusted = self._trusted, self._trusted_now()
            for staff_id in sorted(before - self._trusted):
                person = self._directory.current.staff(staff_id)
                why = "password_reset" if person.enabled else "disabled"
                await self._ports.bus.publish(SessionRevoked(staff_id, None, why))

    def _trusted_now(self) -> frozenset[str]:
        people = self._directory.current.all_staff()
        return frozenset(one.staff_id for one in people if one.enabled and not one.must_change_password)

    async def _prove(self, person: Staff | None, name: str, password: str, visitor: Visitor) -> Verdict:
        """Compare a password; a name that nobody has takes the same way."""
        known = await self._ports.accounts.credential(person.staff_id if person else "")

        async def check() -> bool:
            encoded = known.password_hash if known else None
            return await self._ports.passwords.verify(encoded, password, visitor.lane)

        return await self._guard.attempt(person.staff_id if person else name, visitor, check)

    async def _refused(self, subject: str, address: str, code: str) -> NoReturn:
        await self._audit.record_anonymous(
            subject, address, AuditAct.ACCOUNT_LOGIN, subject, AuditResult.REFUSED, code=code
        )
        raise SignInError("bad_credentials")

    async def _begin(self, person: Staff, tab: str) -> SignedIn:
        now = self._ports.clock.now()
        token = f"{self._ports.secrets.token()}.{self._ports.secrets.token()}"
        sign_in = SignIn(
            session_id=self._ports.secrets.new_id(),
            staff_id=person.staff_id,
            tab=tab,
            family=family_digest(token),
            token_digest=token_digest(token),
            created_at=now,
            used_at=now,
            rotated_at=now,
        )
        await self._ports.accounts.save_sign_in(sign_in)
        return self._signed_in(person, sign_in.session_id, token)

    async def _end(self, sign_in: SignIn, reason: str, address: str) -> None:
        ended = replace(sign_in, revoked_at=self._ports.clock.now())
        await self._ports.accounts.save_sign_in(ended)
        await self._audit.record_anonymous(
            sign_in.staff_id,
            address,
            AuditAct.ACCOUNT_SESSION_ENDED,
            sign_in.session_id,
            AuditResult.DONE,
            reason=reason,
        )
        await self._ports.bus.publish(SessionRevoked(sign_in.staff_id, sign_in.session_id, reason))

    async def _revoke_others(self, person: Staff, keep: str | None) -> None:
        now = self._ports.clock.now()
        for session_id in await self._ports.accounts.revoke(person.staff_id, now, keep=keep):
            await self._ports.bus.publish(SessionRevoked(person.staff_id, session_id, "password_changed"))

    def _is_alive(self, sign_in: SignIn, now: float) -> bool:
        return sign_in.revoked_at is None and now < self._ends_at(sign_in)

    def _ends_at(self, sign_in: SignIn) -> float:
        rules = self._settings.accounts
        return min(sign_in.used_at + rules.session_idle, sign_in.created_at + rules.session_lifetime)

    def _person(self, staff_id: str) -> Staff:
        try:
            person = self._directory.current.staff(staff_id)
        except NotFoundError:
            raise SignInError("session_ended") from None
        if not person.enabled or (person.demo and not self._settings.demo):
            raise SignInError("session_ended")
        return person

    def _signed_in(self, person: Staff, session_id: str, token: str | None) -> SignedIn:
        return SignedIn(person, session_id, token, _permissions(person), home_of(person.roles, person.posts))


def _permissions(person: Staff) -> frozenset[Permission]:
    return permissions_of(person.roles, person.posts)
