"""Signing in and out: two people in one browser, refresh, lockout, revocation, scope, audit."""

import asyncio
from pathlib import Path

import pytest

from signaling.domain.roles import Role
from signaling.domain.staff import Staff
from signaling.web.sio import live
from tests.signaling.web.house import House, Person, open_house
from tests.signaling.web.test_story import available, connected

PASSWORD = "一个足够长的密码-2026"


async def administrator(house: House) -> Person:
    """Return a system administrator of the whole tree, signed in."""
    directory = house.running.services.directory.current
    staff = next(one for one in directory.all_staff() if Role.SYSTEM_ADMINISTRATOR in one.roles)
    return await signed_in(house, staff)


async def signed_in(house: House, staff: Staff) -> Person:
    """Return a demo person by account."""
    person = await house.somebody()
    made = await house.running.services.accounts.demo_sign_in(staff.staff_id, person.tab, "127.0.0.1")
    person.session = await person.ask(
        "POST",
        "/api/auth/refresh",
        {"tab": person.tab},
        headers={"Cookie": f"bb_refresh_{person.tab}={made.refresh_token}"},
    )
    return person


async def new_clerk(house: House, admin: Person, username: str = "zhang.san") -> tuple[str, str]:
    """Create a clerk; return staff id and first password."""
    directory = house.running.services.directory.current
    point = next(iter(directory.all_points()))
    body = {
        "username": username,
        "name": "张三",
        "roles": ["clerk"],
        "region_code": point.region_code,
        "point_id": point.point_id,
    }
    made = await admin.ask("POST", "/api/staff", body)
    return made["staff"]["staff_id"], made["first_password"]


async def test_first_login_forces_a_new_password(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        admin = await administrator(house)
        _, first = await new_clerk(house, admin)
        clerk = await house.somebody()
        session = await clerk.login("zhang.san", first)
        assert session["must_change_password"]
        body = {"old_password": first, "new_password": "short"}
        await clerk.ask("POST", "/api/auth/password", body, status=400)
        clerk.session = await clerk.ask("POST", "/api/auth/password", body | {"new_password": PASSWORD})
        assert not clerk.session["must_change_password"]
        again = await house.somebody()
        await again.login("zhang.san", first, status=401)
        assert (await again.login("zhang.san", PASSWORD))["home"] == "clerk"
        assert (await again.connect())["staff_id"] == again.staff_id


async def test_two_people_in_two_tabs_of_one_browser_stay_themselves(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        clerk = await house.demo("clerk", connect=False)
        reviewer = await house.demo("reviewer", beside=clerk, connect=False)
        assert clerk.staff_id != reviewer.staff_id
        for person in (clerk, reviewer, clerk):
            renewed = await person.ask("POST", "/api/auth/refresh", {"tab": person.tab})
            assert renewed["staff"]["staff_id"] == person.staff_id
        await clerk.ask("POST", "/api/auth/logout", {"tab": clerk.tab})
        await clerk.ask("POST", "/api/auth/refresh", {"tab": clerk.tab}, status=401)
        await reviewer.ask("POST", "/api/auth/refresh", {"tab": reviewer.tab})


async def test_the_refresh_cookie_is_for_its_path_and_scripts_cannot_read_it(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        clerk = await house.somebody()
        async with clerk.http.post(
            house.url("/api/demo/start"), json={"role": "clerk", "tab": clerk.tab}
        ) as answer:
            cookie = answer.headers["Set-Cookie"]
        for part in (f"bb_refresh_{clerk.tab}=", "HttpOnly", "Path=/api/auth", "SameSite=Strict"):
            assert part in cookie


async def passed(house: House, seconds: float = 0.01) -> None:
    """Let a little time pass on the process's clock."""
    clock = house.running.ports.clock
    await clock.wait(clock.now() + seconds, asyncio.Event().wait)


async def used_token(house: House) -> tuple[Person, str]:
    """Return a clerk, and the cookie that a refresh just replaced."""
    clerk = await house.demo("clerk")
    name = f"bb_refresh_{clerk.tab}"
    old = next(cookie.value for cookie in clerk.http.cookie_jar if cookie.key == name)
    await passed(house)
    await clerk.ask("POST", "/api/auth/refresh", {"tab": clerk.tab})
    return clerk, f"{name}={old}"


async def test_tabs_closed_without_signing_out_do_not_fill_the_cookies(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        clerk = await house.demo("clerk")
        made = await house.running.services.accounts.demo_sign_in(clerk.staff_id, clerk.tab, "127.0.0.1")
        closed = [f"bb_refresh_{number:024x}" for number in range(40)]
        sent = "; ".join([*(f"{name}=x" for name in closed), f"bb_refresh_{clerk.tab}={made.refresh_token}"])
        asked = clerk.http.post(
            house.url("/api/auth/refresh"), json={"tab": clerk.tab}, headers={"Cookie": f"theme=dark; {sent}"}
        )
        async with asked as answer:
            assert answer.status == 200
            gone = {name for name, cookie in answer.cookies.items() if cookie["max-age"] == "0"}
    assert gone == set(closed[:9]), "the oldest"


async def test_a_used_refresh_token_is_tolerated_for_a_while(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        clerk, cookie = await used_token(house)
        beside = await house.somebody()
        await beside.ask("POST", "/api/auth/refresh", {"tab": clerk.tab}, headers={"Cookie": cookie})
        await clerk.ask("POST", "/api/auth/refresh", {"tab": clerk.tab})


async def test_a_used_refresh_token_ends_the_session_later(tmp_path: Path) -> None:
    async with open_house(tmp_path, refresh_reuse_s=0.001) as house:
        clerk, cookie = await used_token(house)
        thief = await house.somebody()
        await passed(house)
        await clerk.ask("POST", "/api/auth/refresh", {"tab": clerk.tab})
        await passed(house)
        await thief.ask(
            "POST", "/api/auth/refresh", {"tab": clerk.tab}, status=401, headers={"Cookie": cookie}
        )
        async with asyncio.timeout(5):
            await clerk.gone.wait()
        await clerk.ask("POST", "/api/auth/refresh", {"tab": clerk.tab}, status=401)


async def test_wrong_passwords_lock_the_name_for_the_guesser_and_nobody_else(tmp_path: Path) -> None:
    async with open_house(tmp_path, lockout_failures=3, trusted_proxies=("127.0.0.1",)) as house:
        admin = await administrator(house)
        staff_id, first = await new_clerk(house, admin)
        owner, guesser = await house.somebody(), await house.somebody()
        await owner.login("zhang.san", first)
        for number in range(4):
            spoofed = {"X-Forwarded-For": f"10.0.0.{number}, 203.0.113.66"}
            said = await guesser.login("zhang.san", "guess-guess", status=401, headers=spoofed)
        refused = await guesser.login("zhang.san", first, status=401, headers=spoofed)
        nobody = await guesser.login("nobody.here", first, status=401, headers=spoofed)
        assert refused == said == nobody, "the same words, right or wrong, locked or not, there or not"
        await guesser.login("zhang.san", first, headers={"X-Forwarded-For": "203.0.113.67"})
        same_address = await house.somebody(beside=owner)
        await same_address.login("zhang.san", first, headers=spoofed)
        rows = [row for row in await house.audited() if row.subject == staff_id]
        assert sum(row.result.value == "refused" for row in rows) >= 4
        assert all(row.address for row in rows)


async def test_unknown_names_and_wrong_passwords_look_the_same(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        admin = await administrator(house)
        await new_clerk(house, admin)
        guesser = await house.somebody()
        wrong = await guesser.login("zhang.san", "guess-guess", status=401)
        unknown = await guesser.login("nobody", "guess-guess", status=401)
        assert wrong == unknown


async def test_disabling_a_person_cuts_their_sockets_at_once(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        admin, clerk = await administrator(house), await house.demo("clerk")
        await admin.ask("PATCH", f"/api/staff/{clerk.staff_id}", {"enabled": False})
        assert (await clerk.expect("signed_out"))["reason"]
        async with asyncio.timeout(5):
            await clerk.gone.wait()
        await clerk.ask("GET", "/api/items/all", status=401)
        await clerk.ask("POST", "/api/auth/refresh", {"tab": clerk.tab}, status=401)


async def test_unpairing_cuts_the_pads_of_that_point_at_once(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        admin, pad = await administrator(house), await house.demo("pad")
        [point] = [one for one in (await admin.ask("GET", "/api/points"))["points"] if one["pads"]]
        assert (point["pads"], point["pad_paired"]) == (1, True)
        shown = await admin.ask("POST", f"/api/points/{point['point_id']}/pads/revoke")
        assert (shown["pads"], shown["pad_paired"]) == (0, False)
        async with asyncio.timeout(5):
            await pad.gone.wait()
        [row] = [row for row in await house.audited() if row.act == "pad.revoked"]
        assert (row.subject, row.object) == (admin.staff_id, point["point_id"])
        clerk = await house.demo("clerk")
        refused = await clerk.ask("POST", f"/api/points/{point['point_id']}/pads/revoke", status=403)
        assert refused["error"]["code"] == "forbidden"


async def test_a_socket_does_not_outlive_its_sign_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "BEAT_S", 0.05)
    async with open_house(tmp_path, refresh_token_s=1.5) as house:
        clerk = await house.demo("clerk")
        async with asyncio.timeout(5):
            await clerk.gone.wait()
        refused = await clerk.ask("GET", "/api/items/all", status=401)
        assert refused["error"]["code"] == "session_ended"


async def test_a_wish_to_be_available_counts_only_with_sound(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        specialist = await house.demo("specialist")
        shown = await specialist.do("presence.set", state="available", sound_unlocked=False)
        assert shown["state"] == "away"
        shown = await specialist.do("presence.set", state="available", sound_unlocked=True)
        assert shown["state"] == "available"


async def test_a_clerk_may_not_administer_and_the_attempt_is_audited(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        clerk = await house.demo("clerk", connect=False)
        for path in ("/api/staff", "/api/recordings", "/api/messages"):
            refused = await clerk.ask("GET", path, status=403)
            assert refused["error"]["code"] == "forbidden"
        await clerk.ask("POST", "/api/points", {}, status=403)
        rows = {row.object for row in await house.audited() if row.result.value == "refused"}
        assert {"GET /api/staff", "GET /api/recordings", "GET /api/messages", "POST /api/points"} <= rows


async def test_the_other_administrators_cannot_be_changed_over_rest(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        admin = await administrator(house)
        directory = house.running.services.directory.current
        audit_administrator = directory.staff_named("audit")
        assert audit_administrator is not None
        path = f"/api/staff/{audit_administrator.staff_id}"
        for body in ({"reset_password": True}, {"enabled": False}):
            refused = await admin.ask("PATCH", path, body, status=403)
            assert refused["error"]["code"] == "administrator_beyond"
            assert "bangban admin" in refused["error"]["sentence"]
        new = {
            "username": "shen.ji",
            "name": "审计",
            "roles": ["audit_administrator"],
            "region_code": audit_administrator.region_code,
        }
        refused = await admin.ask("POST", "/api/staff", new, status=403)
        assert refused["error"]["code"] == "administrator_beyond"
        rows = [row for row in await house.audited() if row.subject == admin.staff_id]
        assert sum(row.result.value == "refused" for row in rows) == 3


async def test_nothing_is_shown_without_a_token(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        nobody = await house.somebody()
        for path in ("/api/staff", "/api/items/all", "/api/calls/mine", "/api/recordings/x"):
            refused = await nobody.ask("GET", path, status=401)
            assert refused["error"]["code"] == "not_signed_in"
        assert (await nobody.ask("GET", "/api/nothing", status=404))["error"]["code"] == "not_found"
        config = await nobody.ask("GET", "/api/config")
        assert config["demo"] is True


async def test_a_new_skill_decides_the_next_offer(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        admin, specialist = await administrator(house), await available(house)
        await admin.ask("PUT", f"/api/staff/{specialist.staff_id}/skills", {"skills": []})
        clerk = await house.demo("clerk")
        hits = await clerk.ask("GET", "/api/items?query=手工报销")
        counted = {hit["item"]["code"]: hit["available"] for hit in hits["hits"]}
        assert counted["YB-003"] == 0
        skill = {"staff_id": specialist.staff_id, "kind": "item", "target": "YB-003", "level": 3}
        await admin.ask("PUT", f"/api/staff/{specialist.staff_id}/skills", {"skills": [skill]})
        hits = await clerk.ask("GET", "/api/items?query=手工报销")
        counted = {hit["item"]["code"]: hit["available"] for hit in hits["hits"]}
        assert counted["YB-003"] == 1


async def test_the_review_list_shows_the_session_and_the_look_is_audited(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        clerk, specialist, call = await connected(house)
        await clerk.do("call.end", call_id=call["call_id"])
        await specialist.do("call.result", call_id=call["call_id"], kind="answered", item_codes=["YB-003"])
        reviewer = await house.demo("reviewer", connect=False)
        rows = await reviewer.ask("GET", "/api/recordings")
        assert [row["call_id"] for row in rows["rows"]] == [call["call_id"]]
        replay = await reviewer.ask("GET", f"/api/recordings/{call['call_id']}")
        assert replay["consent"]["agreed"]
        assert [event["kind"] for event in replay["events"]]
        looks = [row for row in await house.audited() if row.subject == reviewer.staff_id]
        assert any(call["call_id"] in row.object for row in looks)
        await clerk.ask("GET", f"/api/recordings/{call['call_id']}", status=403)


async def test_other_machines_need_the_demo_password(tmp_path: Path) -> None:
    async with open_house(tmp_path, lan=True, trusted_proxies=("127.0.0.1",)) as house:
        guest = await house.somebody()
        elsewhere = {"headers": {"X-Forwarded-For": "192.0.2.7"}}
        body = {"role": "clerk", "tab": guest.tab}
        refused = await guest.ask("POST", "/api/demo/start", body, status=403, **elsewhere)
        assert refused["error"]["code"] == "demo_password"
        wrong = body | {"password": "guess"}
        await guest.ask("POST", "/api/demo/start", wrong, status=403, **elsewhere)
        right = body | {"password": (tmp_path / "secrets" / "demo_password").read_text().strip()}
        assert (await guest.ask("POST", "/api/demo/start", right, **elsewhere))["access_token"]
        assert (await guest.ask("POST", "/api/demo/start", body))["access_token"], "not on this machine"


async def test_documents_describe_what_is_served(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        anybody = await house.somebody()
        described = await anybody.ask("GET", "/api/openapi.json")
        assert described["openapi"].startswith("3.1")
        assert described["paths"]["/api/staff"]["post"]["x-permission"] == "staff.write"
        spoken = await anybody.ask("GET", "/api/protocol.json")
        assert "call.request" in spoken["commands"]
        page = (await anybody.ask("GET", "/api/docs")).decode()
        assert "http://" not in page
        assert "https://" not in page
        assert b"bangban_sockets" in await anybody.ask("GET", "/metrics")
        assert (await anybody.ask("GET", "/healthz"))["status"] == "ok"
