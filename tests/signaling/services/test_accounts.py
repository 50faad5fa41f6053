"""Signing in, staying signed in, and being thrown out."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from signaling.domain.audit import AuditResult
from signaling.domain.errors import BusyError, DomainError, ForbiddenError, InvalidError, SignInError
from signaling.domain.events import SessionRevoked
from signaling.domain.fair_queue import OURS, Lane
from signaling.domain.roles import Permission
from signaling.services import sign_in_guard
from signaling.services.accounts import SignedIn
from signaling.services.administration import StaffInput
from signaling.services.sign_in_guard import SignInGuard, Visitor, _key
from tests.signaling.services.fakes import PASSWORD, House, demo_house, demo_settings

HERE = Visitor("10.0.0.1")


async def login(
    house: House, password: str = PASSWORD, username: str = "liming", visitor: Visitor = HERE
) -> SignedIn:
    return await house.services.accounts.login(username, password, "tab00001", visitor)


async def guess(house: House, count: int, visitor: Visitor = HERE, username: str = "liming") -> None:
    for _ in range(count):
        with pytest.raises(SignInError, match="bad_credentials"):
            await login(house, "wrong", username, visitor)


async def last_code(house: House) -> object:
    """Return what the audit log says of the last attempt."""
    [entry] = await house.audited(1)
    return entry.detail.get("code")


async def test_a_right_password_signs_in_and_is_audited(house: House) -> None:
    signed_in = await login(house)
    assert (signed_in.staff.name, signed_in.home) == ("李明", "specialist")
    actor = await house.services.accounts.actor_of("demo-03", signed_in.session_id, "10.0.0.1")
    assert Permission.OFFER_ANSWER in actor.permissions
    [entry] = await house.audited(1)
    assert (entry.act, entry.subject, entry.address, entry.result) == (
        "account.login",
        "demo-03",
        "10.0.0.1",
        AuditResult.DONE,
    )


@pytest.mark.parametrize("username", ["liming", "nobody"])
async def test_a_wrong_password_says_the_same_as_a_wrong_name(house: House, username: str) -> None:
    with pytest.raises(SignInError, match="bad_credentials"):
        await login(house, "wrong", username)
    [entry] = await house.audited(1)
    assert entry.result is AuditResult.REFUSED


async def test_what_is_typed_as_a_name_nobody_has_is_not_kept(house: House) -> None:
    """People type their password where the name belongs."""
    with pytest.raises(SignInError, match="bad_credentials"):
        await login(house, "wrong", "My-Secret-2026")
    [entry] = await house.audited(1)
    assert (entry.subject, entry.object) == ("unknown", "unknown")
    assert "My-Secret" not in repr(entry)


async def test_five_failures_lock_the_name_for_that_address_right_or_wrong(
    house: House,
) -> None:
    await guess(house, 5)
    with pytest.raises(SignInError, match="bad_credentials") as refused:
        await login(house)
    assert refused.value.details == {}
    assert await last_code(house) == "locked_out"
    house.clock.at += 901
    await login(house)


async def test_guesses_from_elsewhere_lock_nobody_out(house: House) -> None:
    """24 requests used to lock every administrator for a quarter of an hour."""
    for username in ("admin", "audit", "liming"):
        await guess(house, 6, Visitor("203.0.113.66"), username)
    for username in ("admin", "liming"):
        await login(house, PASSWORD, username)


async def test_ones_own_device_is_never_locked_out(house: House) -> None:
    mine = Visitor("10.0.0.1", device="mine")
    await guess(house, 6)
    await login(house, PASSWORD, "liming", mine)
    await guess(house, 20, mine)
    await login(house, PASSWORD, "liming", mine)
    with pytest.raises(SignInError):
        await login(house)  # another device behind the same address is locked as before
    assert await last_code(house) == "locked_out"


async def test_addresses_of_one_ipv6_customer_are_one_place(house: House) -> None:
    for number in range(5):
        await guess(house, 1, Visitor(f"2001:db8:1:1::{number}"))
    with pytest.raises(SignInError):
        await login(house, PASSWORD, "liming", Visitor("2001:db8:1:1::99"))
    await login(house, PASSWORD, "liming", Visitor("2001:db8:1:2::1"))


async def test_a_name_that_nobody_has_is_locked_like_any_other(house: House) -> None:
    before = await house.ports.accounts.attempts(_key("nobody", "10.0.0.1"))
    await guess(house, 5, HERE, "nobody")
    locked = await house.ports.accounts.attempts(_key("nobody", "10.0.0.1"))
    assert before is None
    assert locked is not None
    assert locked.locked_until


async def test_a_locked_name_costs_the_same_comparison(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[str | None] = []
    verify = house.ports.passwords.verify

    async def count(encoded: str | None, password: str, lane: Lane = OURS) -> bool:
        compared.append(encoded)
        return await verify(encoded, password, lane)

    monkeypatch.setattr(house.ports.passwords, "verify", count)
    await guess(house, 7)
    await guess(house, 7, HERE, "nobody")
    assert len(compared) == 14


async def test_guesses_at_once_are_all_counted(house: House) -> None:
    outcomes = await asyncio.gather(
        *(login(house, f"wrong{number}") for number in range(20)), return_exceptions=True
    )
    assert all(isinstance(outcome, SignInError | BusyError) for outcome in outcomes)
    assert sum(isinstance(outcome, SignInError) for outcome in outcomes) == 5
    with pytest.raises(SignInError):
        await login(house)
    assert await last_code(house) == "locked_out"


async def test_failures_slow_the_next_attempts_down(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    rules = replace(demo_settings().accounts, slow_down=0.5, failures_until_lockout=100)
    guard = SignInGuard(house.ports, rules)
    monkeypatch.setattr(sign_in_guard.asyncio, "sleep", sleep)

    async def wrong() -> bool:
        return False

    for _ in range(9):
        await guard.attempt("liming", Visitor("10.0.0.1", device="mine"), wrong)
    assert pauses == [0, 0, 0.5, 1, 2, 4, 8, 8, 8]
    pauses.clear()
    for number in range(21):
        await guard.attempt("liming", Visitor(f"10.0.1.{number}"), wrong)
    assert pauses == [0] * 20 + [2.0], "tried from everywhere: unknown devices wait"
    await guard.attempt("liming", Visitor("10.0.0.1", device="another"), wrong)
    assert pauses[-1] == 0


async def test_a_success_forgives_failures(house: House) -> None:
    for _ in range(2):
        await guess(house, 4)
        await login(house)


async def test_a_new_password_unlocks(house: House) -> None:
    await guess(house, 5)
    _, password = await house.services.administration.reset_password(house.actor("admin"), "demo-03")
    assert (await login(house, password)).staff.must_change_password


async def test_the_service_refuses_demo_accounts(tmp_path: Path) -> None:
    async with demo_house(tmp_path, demo_settings(demo=False)) as house:
        with pytest.raises(SignInError, match="bad_credentials"):
            await login(house)
        with pytest.raises(DomainError):
            await house.services.accounts.demo_sign_in("demo-03", "tab00001", "")


async def test_refreshing_rotates_the_token(house: House) -> None:
    first = await login(house)
    house.clock.at += 600
    second = await house.services.accounts.refresh(first.refresh_token or "", "tab00001", "")
    assert second.refresh_token not in (None, first.refresh_token)
    house.clock.at += 600
    third = await house.services.accounts.refresh(second.refresh_token or "", "tab00001", "")
    assert third.session_id == first.session_id


async def test_reuse_within_thirty_seconds_is_tolerated(house: House) -> None:
    first = await login(house)
    house.clock.at += 600
    await house.services.accounts.refresh(first.refresh_token or "", "tab00001", "")
    house.clock.at += 29
    again = await house.services.accounts.refresh(first.refresh_token or "", "tab00001", "")
    assert (again.session_id, again.refresh_token) == (first.session_id, None)


async def test_reuse_later_ends_the_sign_in_and_cuts_its_sockets(house: House) -> None:
    first = await login(house)
    house.clock.at += 600
    second = await house.services.accounts.refresh(first.refresh_token or "", "tab00001", "")
    await house.services.accounts.refresh(second.refresh_token or "", "tab00001", "")
    house.clock.at += 31
    with pytest.raises(SignInError, match="session_ended"):
        await house.services.accounts.refresh(first.refresh_token or "", "tab00001", "")
    assert house.heard(SessionRevoked)[0].session_id == first.session_id
    with pytest.raises(SignInError):
        await house.services.accounts.refresh(second.refresh_token or "", "tab00001", "")
    with pytest.raises(SignInError):
        await house.services.accounts.actor_of("demo-03", first.session_id, "")


async def test_two_refreshes_at_once_leave_one_good_token(house: House) -> None:
    first = await login(house)
    house.clock.at += 600
    answers = await asyncio.gather(
        *(house.services.accounts.refresh(first.refresh_token or "", "tab00001", "") for _ in range(3))
    )
    [fresh] = {answer.refresh_token for answer in answers}
    assert fresh is not None
    house.clock.at += 600
    await house.services.accounts.refresh(fresh, "tab00001", "")


async def test_an_answer_lost_on_the_way_signs_nobody_out(house: House) -> None:
    first = await login(house)
    house.clock.at += 600
    lost = await house.services.accounts.refresh(first.refresh_token or "", "tab00001", "")
    house.clock.at += 3600
    again = await house.services.accounts.refresh(first.refresh_token or "", "tab00001", "")
    assert again.refresh_token not in (None, lost.refresh_token)
    house.clock.at += 600
    await house.services.accounts.refresh(again.refresh_token or "", "tab00001", "")
    assert not house.heard(SessionRevoked)
    with pytest.raises(SignInError, match="session_ended"):  # whoever holds the lost one took it
        await house.services.accounts.refresh(lost.refresh_token or "", "tab00001", "")
    assert house.heard(SessionRevoked)[0].session_id == first.session_id


async def test_a_made_up_token_ends_nobody(house: House) -> None:
    first = await login(house)
    for token in ("", ".", "made-up", first.session_id, f"{first.session_id}.guess"):
        with pytest.raises(SignInError, match="session_ended"):
            await house.services.accounts.refresh(token, "tab00001", "")
    await house.services.accounts.refresh(first.refresh_token or "", "tab00001", "")


async def test_a_token_of_another_tab_is_refused(house: House) -> None:
    first = await login(house)
    with pytest.raises(SignInError):
        await house.services.accounts.refresh(first.refresh_token or "", "tab00002", "")


async def test_a_sign_in_ends_when_unused_and_at_logout(house: House) -> None:
    idle, left = await login(house), await login(house)
    await house.services.accounts.logout(left.refresh_token or "", "")
    with pytest.raises(SignInError):
        await house.services.accounts.refresh(left.refresh_token or "", "tab00001", "")
    house.clock.at += 12 * 3600
    with pytest.raises(SignInError):
        await house.services.accounts.refresh(idle.refresh_token or "", "tab00001", "")


async def test_a_new_password_ends_the_other_sign_ins(house: House) -> None:
    here, elsewhere = await login(house), await login(house)
    actor = await house.services.accounts.actor_of("demo-03", here.session_id, "")
    for new, code in (("short", "password_too_short"), (PASSWORD, "password_unchanged")):
        with pytest.raises(InvalidError, match=code):
            await house.services.accounts.change_password(actor, PASSWORD, new)
    with pytest.raises(SignInError, match="bad_credentials"):
        await house.services.accounts.change_password(actor, "wrong", "a-long-new-password")
    await house.services.accounts.change_password(actor, PASSWORD, "a-long-new-password")
    await house.services.accounts.refresh(here.refresh_token or "", "tab00001", "")
    with pytest.raises(SignInError):
        await house.services.accounts.refresh(elsewhere.refresh_token or "", "tab00001", "")
    await login(house, "a-long-new-password")


NEWCOMER = StaffInput("newcomer", "新人", ("specialist",), "533324", department_ids=("dept-533324-00",))


async def test_a_new_account_must_change_its_password_before_anything_else(house: House) -> None:
    person, password = await house.services.administration.create_staff(house.actor("admin"), NEWCOMER)
    signed_in = await login(house, password, "newcomer")
    assert signed_in.staff.must_change_password
    actor = await house.services.accounts.actor_of(person.staff_id, signed_in.session_id, "")
    assert actor.permissions == frozenset()
    changed = await house.services.accounts.change_password(actor, password, "a-long-new-password")
    assert not changed.staff.must_change_password
    actor = await house.services.accounts.actor_of(person.staff_id, signed_in.session_id, "")
    assert Permission.OFFER_ANSWER in actor.permissions


async def test_a_disabled_account_is_out_at_once(house: House) -> None:
    signed_in = await login(house)
    await house.services.administration.set_enabled(house.actor("admin"), "demo-03", enabled=False)
    with pytest.raises(SignInError, match="session_ended"):
        await house.services.accounts.actor_of("demo-03", signed_in.session_id, "")
    with pytest.raises(SignInError, match="bad_credentials"):
        await login(house)
    assert await last_code(house) == "account_disabled"
    assert house.heard(SessionRevoked)[-1].staff_id == "demo-03"


async def test_a_reset_password_is_shown_once_and_must_be_changed(house: House) -> None:
    _, password = await house.services.administration.reset_password(house.actor("admin"), "demo-03")
    signed_in = await login(house, password)
    assert signed_in.staff.must_change_password
    with pytest.raises(SignInError):
        await login(house)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"roles": ("king",)}, "role_unknown"),
        ({"roles": ("pad",)}, "role_unknown"),
        ({"posts": ("boss",)}, "post_unknown"),
        ({"roles": ("system_administrator", "audit_administrator")}, "administrators_separate"),
        ({"roles": ("clerk",)}, "point_needed"),
        ({"username": "liming"}, "username_taken"),
        ({"region_code": "999"}, "region_not_found"),
        ({"region_code": "530000"}, "out_of_scope"),
        ({"department_ids": ("nowhere",)}, "department_not_found"),
    ],
)
async def test_accounts_that_make_no_sense_are_refused(
    house: House, changes: dict[str, object], code: str
) -> None:
    given = {name: getattr(NEWCOMER, name) for name in StaffInput.__dataclass_fields__}
    with pytest.raises(DomainError, match=code):
        await house.services.administration.create_staff(
            house.actor("admin"), StaffInput(**(given | changes))
        )


async def test_a_system_administrator_cannot_become_one_of_the_other_two(house: House) -> None:
    administration, admin = house.services.administration, house.actor("admin")
    for username in ("security", "audit"):
        other = house.actor(username).person
        with pytest.raises(ForbiddenError, match="administrator_beyond"):
            await administration.reset_password(admin, other)
        with pytest.raises(ForbiddenError, match="administrator_beyond"):
            await administration.set_enabled(admin, other, enabled=False)
        await login(house, PASSWORD, username)
    for role in ("security_administrator", "audit_administrator"):
        one = StaffInput("newcomer", "新人", (role,), "533324")
        with pytest.raises(ForbiddenError, match="administrator_beyond"):
            await administration.create_staff(admin, one)
    colleague, _ = await administration.create_staff(
        admin, StaffInput("newcomer", "新人", ("system_administrator",), "533324")
    )
    await administration.reset_password(admin, colleague.staff_id)


async def test_only_the_system_administrator_changes_accounts(house: House) -> None:
    for username in ("security", "audit", "liming", "zhouping"):
        with pytest.raises(ForbiddenError):
            await house.services.administration.create_staff(house.actor(username), NEWCOMER)
    with pytest.raises(DomainError, match="not_yourself"):
        await house.services.administration.set_enabled(house.actor("admin"), "demo-10", enabled=False)
