"""Signing in: lockout, passwords, refresh tokens that rotate, revocation."""

from dataclasses import dataclass

from signaling.domain.actor import Actor
from signaling.domain.staff import Staff


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A sign-in of one tab; put `session_id` and `staff.staff_id` in the access token, the refresh token in
    the cookie.
    """

    staff: Staff
    session_id: str
    refresh_token: str | None
    permissions: frozenset[str]
    home: str


class AccountService:
    async def login(self, username: str, password: str, tab: str, address: str) -> SignedIn:
        raise NotImplementedError

    async def refresh(self, token: str, tab: str, address: str) -> SignedIn:
        raise NotImplementedError

    async def logout(self, token: str, address: str) -> None:
        raise NotImplementedError

    async def change_password(self, actor: Actor, old: str, new: str) -> SignedIn:
        raise NotImplementedError

    async def demo_sign_in(self, staff_id: str, tab: str, address: str) -> SignedIn:
        raise NotImplementedError

    async def actor_of(self, staff_id: str, session_id: str, address: str) -> Actor:
        raise NotImplementedError

    def actor(self, staff: Staff, session_id: str | None, address: str) -> Actor:
        raise NotImplementedError
