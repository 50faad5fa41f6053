"""Helpers of counter PCs: paired from the clerk's own page, known by their keys, let go."""

from dataclasses import replace

import pytest

from signaling.domain.errors import ForbiddenError, LimitError, SignInError, StateError
from signaling.domain.events import HelperPaired, HelpersRevoked
from signaling.domain.subject import SubjectKind
from signaling.services.helpers import HelperCredential
from tests.signaling.services.fakes import House

POINT = "point-dulongjiang"


async def pair(house: House, counter: str = "pc-1", address: str = "10.0.0.2") -> HelperCredential:
    """Pair the helper of a PC as a clerk and its user do."""
    code, lifetime = await house.services.helpers.code(house.actor("wangxiuying"), counter)
    assert (len(code), lifetime) == (6, 300)
    return await house.services.helpers.pair(code, name="DLJ-01", system="Linux", address=address)


async def test_a_helper_is_paired_with_the_pc_whose_page_showed_the_code(house: House) -> None:
    paired = await pair(house)
    assert house.heard(HelperPaired)[0].helper == paired.helper
    assert (paired.helper.point_id, paired.helper.counter, paired.helper.name) == (POINT, "pc-1", "DLJ-01")
    actor, helper = await house.services.helpers.actor_of(paired.key, "10.0.0.2")
    assert helper == paired.helper
    assert (actor.who.kind, actor.permissions) == (SubjectKind.HELPER, frozenset())
    assert await house.services.helpers.of_counter(POINT, "pc-1") == paired.helper
    assert await house.services.helpers.of_counter(POINT, "pc-2") is None
    entries = await house.audited(1)
    assert (entries[0].act, paired.key not in repr(entries)) == ("helper.pair", True)


async def test_each_pc_has_one_helper_and_its_own_code(house: House) -> None:
    first, other = await pair(house), await pair(house, "pc-2")
    again = await pair(house)
    [event] = house.heard(HelpersRevoked)
    assert event.helper_ids == (first.helper.helper_id,)
    with pytest.raises(SignInError, match="session_ended"):
        await house.services.helpers.actor_of(first.key, "")
    for known in (other, again):
        await house.services.helpers.actor_of(known.key, "")
    helpers = house.services.helpers
    one, _ = await helpers.code(house.actor("wangxiuying"), "pc-1")
    two, _ = await helpers.code(house.actor("wangxiuying"), "pc-2")
    assert (await helpers.pair(two, name="", system="", address="")).helper.counter == "pc-2"
    assert (await helpers.pair(one, name="", system="", address="")).helper.counter == "pc-1"


async def test_a_code_is_good_for_its_device_once_and_for_minutes(house: House) -> None:
    helpers, clerk = house.services.helpers, house.actor("wangxiuying")
    code, _ = await helpers.code(clerk, "pc-1")
    with pytest.raises(SignInError, match="pad_code_wrong"):
        await house.services.pads.pair(code, "")
    await helpers.pair(code, name="", system="", address="")
    late, _ = await helpers.code(clerk, "pc-1")
    house.clock.at += 300
    for spent in (code, late):
        with pytest.raises(SignInError, match="helper_code_wrong"):
            await helpers.pair(spent, name="", system="", address="")


async def test_a_thousand_addresses_that_guess_are_stopped_together(house: House) -> None:
    helpers = house.services.helpers
    code, _ = await helpers.code(house.actor("wangxiuying"), "pc-1")
    wrong = "000000" if code != "000000" else "000001"
    for number in range(500):
        with pytest.raises(SignInError):
            await helpers.pair(wrong, name="", system="", address=f"10.1.{number // 5}.{number % 5}")
    with pytest.raises(LimitError, match="too_many_attempts"):
        await helpers.pair(code, name="", system="", address="10.200.0.1")
    house.clock.at += 300
    fresh, _ = await helpers.code(house.actor("wangxiuying"), "pc-1")
    await helpers.pair(fresh, name="", system="", address="10.200.0.1")


async def test_helpers_go_with_the_permission_and_the_region(house: House) -> None:
    paired = await pair(house)
    neighbour = replace(house.actor("admin"), region_code="533324102")
    for actor, refused in ((house.actor("wangxiuying"), "forbidden"), (neighbour, "out_of_scope")):
        with pytest.raises(ForbiddenError, match=refused):
            await house.services.helpers.revoke(actor, POINT)
    assert await house.services.helpers.revoke(house.actor("admin"), POINT) == 1
    with pytest.raises(SignInError):
        await house.services.helpers.actor_of(paired.key, "")
    await house.services.places.set_point_enabled(house.actor("admin"), POINT, enabled=False)
    with pytest.raises(StateError, match="point_closed"):
        await pair(house)
