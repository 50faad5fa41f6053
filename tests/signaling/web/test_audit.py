"""The audit log as its administrator reads it."""

from datetime import UTC, datetime
from pathlib import Path

from signaling.domain.audit import AuditAct
from tests.signaling.web.house import House, Person, open_house
from tests.signaling.web.test_accounts import administrator, new_clerk, signed_in
from tests.signaling.web.test_story import connected


async def auditor(house: House) -> Person:
    """Return the audit administrator."""
    person = house.running.services.directory.current.staff_named("audit")
    assert person is not None
    return await signed_in(house, person)


async def test_the_audit_administrator_reads_who_did_what(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        admin, reader = await administrator(house), await auditor(house)
        staff_id, _ = await new_clerk(house, admin)
        guesser = await house.somebody()
        await guesser.login("my-own-password", "x", status=401)
        found = await reader.ask("GET", "/api/audit?act=staff.created")
        [row] = found["rows"]
        assert (row["subject"], row["object"], row["object_name"]) == (admin.staff_id, staff_id, "张三")
        assert row["subject_name"] == admin.session["staff"]["name"]
        assert not found["more"]
        [failed] = (await reader.ask("GET", "/api/audit?act=account&result=refused"))["rows"]
        assert (failed["subject"], failed["detail"]) == ("unknown", {"code": "bad_credentials"})
        by_name = await reader.ask("GET", "/api/audit?person=系统")
        assert {row["subject"] for row in by_name["rows"]} == {admin.staff_id}
        later = datetime.fromtimestamp(house.running.ports.clock.now() + 60, UTC).isoformat()
        assert (await reader.ask("GET", "/api/audit", params={"from": later}))["rows"] == []
        looks = [row for row in await house.audited() if row.act == "audit.viewed"]
        assert {row.subject for row in looks} == {reader.staff_id}


async def test_the_log_is_paged_without_gaps(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        admin, reader = await administrator(house), await auditor(house)
        services = house.running.services
        actor = services.accounts.actor(services.directory.current.staff(admin.staff_id), None, "::1")
        for _ in range(60):
            await services.audit.record(actor, AuditAct.ITEM_OFFERING, "YB-003")
        first = await reader.ask("GET", "/api/audit?act=item")
        assert (len(first["rows"]), first["more"]) == (50, True)
        second = await reader.ask("GET", f"/api/audit?act=item&before={first['rows'][-1]['sequence']}")
        assert (len(second["rows"]), second["more"]) == (10, False)
        sequences = [row["sequence"] for row in first["rows"] + second["rows"]]
        assert sequences == sorted(set(sequences), reverse=True)


async def test_no_look_at_the_log_goes_unnoted(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        reader = await auditor(house)
        found = await reader.ask("GET", f"/api/audit?before={2**62}")
        assert found["rows"], "the newest page, asked for as an older one"
        [newest] = (await house.audited())[:1]
        assert (newest.act, newest.subject, newest.detail) == (
            "audit.viewed",
            reader.staff_id,
            {"found": len(found["rows"])},
        )


async def test_nobody_else_reads_the_log(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        for person in (await administrator(house), await house.demo("reviewer", connect=False)):
            refused = await person.ask("GET", "/api/audit", status=403)
            assert refused["error"]["code"] == "forbidden"
        reader = await auditor(house)
        for query in ("act=Drop%20Table", "result=maybe", "before=0", "from=yesterday"):
            refused = await reader.ask("GET", f"/api/audit?{query}", status=400)
            assert refused["error"]["code"] == "malformed"


async def test_a_look_at_a_call_from_outside_is_written_down(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        clerk, specialist, call = await connected(house)
        reviewer = await house.demo("reviewer", connect=False)
        for person in (clerk, specialist, reviewer):
            await person.ask("GET", f"/api/calls/{call['call_id']}")
        await reviewer.ask("GET", f"/api/calls/{call['call_id']}/notice")
        looks = [row for row in await house.audited() if row.act == "call.viewed"]
        assert [(row.subject, row.object) for row in looks] == [(reviewer.staff_id, call["call_id"])] * 2
