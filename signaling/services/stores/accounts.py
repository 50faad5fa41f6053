"""Sign-ins, their passwords, and how often somebody tried."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

from signaling.domain.ids import StaffId


@dataclass(frozen=True, slots=True)
class Credential:
    """What signing in needs to know of an account."""

    staff_id: StaffId
    password_hash: str


@dataclass(frozen=True, slots=True)
class Attempts:
    """Failed attempts to sign in with one name from one place, as a digest of both; times in wall seconds."""

    key: str
    failures: int
    last_at: float
    locked_until: float | None = None


@dataclass(frozen=True, slots=True)
class SignIn:
    """One tab's sign-in; its tokens are kept as SHA-256 digests, how they rotate is in `tokens`.

    Attributes:
        family: digest of the part that all its refresh tokens share.
        previous_digest: of the token before the newest.
        salt: what the newest was made with from the one before.
        confirmed: the newest was shown since it was made at `rotated_at`.
    """

    session_id: str
    staff_id: StaffId
    tab: str
    family: str
    token_digest: str
    created_at: float
    used_at: float
    rotated_at: float
    previous_digest: str | None = None
    salt: str = ""
    confirmed: bool = True
    revoked_at: float | None = None


class AccountStore(Protocol):
    """Credentials and sign-ins."""

    async def credential(self, staff_id: StaffId) -> Credential | None: ...

    async def save_credential(self, credential: Credential) -> None: ...

    async def attempts(self, key: str) -> Attempts | None: ...

    async def save_attempts(self, attempts: Attempts) -> None: ...

    async def forgive_attempts(self, prefix: str) -> None:
        """Delete those whose keys begin so."""
        ...

    async def forget_attempts(self, *, last_before: float) -> int:
        """Delete those with nothing newer; return how many."""
        ...

    async def sign_in(self, session_id: str) -> SignIn | None: ...

    async def sign_ins(self, session_ids: Collection[str]) -> dict[str, SignIn]:
        """Return those of some that exist, by their ids."""
        ...

    async def by_family(self, digest: str) -> SignIn | None:
        """Find by what all refresh tokens of a sign-in share."""
        ...

    async def save_sign_in(self, sign_in: SignIn, *, if_digest: str | None = None) -> None:
        """Insert or replace; with `if_digest` only while that is the newest token and nothing was revoked.

        Raises ConflictError otherwise.
        """
        ...

    async def forget_sign_ins(self, *, used_before: float, created_before: float) -> int:
        """Delete those last used, or begun, before; return how many."""
        ...

    async def revoke(self, staff_id: StaffId, now: float, *, keep: str | None = None) -> list[str]:
        """Revoke all of a person's sign-ins but `keep`; return the ids revoked."""
        ...
