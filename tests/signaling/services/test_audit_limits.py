"""Refusals in the audit log: all are counted, some are written, none is long."""

from signaling.domain.audit import AuditAct, AuditEntry, AuditResult
from signaling.services.audit_limits import RefusalLimits, bounded, bounded_detail
from tests.signaling.services.fakes import House


def refusal(at: float, subject: str = "s1", what: str = "call.end") -> AuditEntry:
    return AuditEntry(
        at, subject, "10.0.0.1", "command.refused", what, AuditResult.REFUSED, {"code": "forbidden"}
    )


def test_a_flood_is_written_as_its_beginning_and_one_count() -> None:
    limits = RefusalLimits()
    written = [entry for _ in range(2000) if (entry := limits.take(refusal(100.0)))]
    assert len(written) == 30
    assert all("left_out" not in entry.detail for entry in written)
    assert limits.settled(101.0) == []
    [last] = limits.settled(106.0)
    assert last.detail == {"code": "forbidden", "left_out": 1969}
    assert limits.settled(500.0) == []


def test_the_next_one_tells_how_many_were_left_out() -> None:
    limits = RefusalLimits()
    for _ in range(35):
        limits.take(refusal(100.0))
    told = limits.take(refusal(110.0))
    assert told is not None
    assert told.detail["left_out"] == 5
    assert limits.settled(500.0) == []


def test_one_flood_hides_nobody_elses_refusal() -> None:
    limits = RefusalLimits()
    for _ in range(100):
        limits.take(refusal(100.0, "flooder"))
    assert limits.take(refusal(100.0, "other")) == refusal(100.0, "other")


def test_a_clock_set_back_gives_nothing_and_loses_nothing() -> None:
    limits = RefusalLimits()
    for _ in range(40):
        limits.take(refusal(5000.0))
    assert limits.take(refusal(1000.0)) is None
    assert limits.settled(1010.0)[0].detail["left_out"] == 10


async def test_long_texts_are_cut_before_they_are_kept(house: House) -> None:
    actor = house.actor("wangxiuying")
    await house.services.audit.record(
        actor, AuditAct.REQUEST_REFUSED, "GET /" + "a" * 7500, AuditResult.REFUSED, code="x" * 9000
    )
    [entry] = await house.audited(1)
    assert len(entry.object) == 200
    assert len(str(entry.detail["code"])) == 200
    assert bounded("short") == "short"
    assert len(bounded_detail({str(number): number for number in range(100)})) == 24


async def test_a_flood_of_refusals_reaches_the_log_as_some_rows_and_a_count(house: House) -> None:
    actor = house.actor("wangxiuying")
    for _ in range(300):
        await house.services.audit.record(
            actor, AuditAct.COMMAND_REFUSED, "x", AuditResult.REFUSED, code="no"
        )
    before = [row for row in await house.audited(500) if row.act == "command.refused"]
    house.clock.at += 10
    await house.services.audit.settle()
    rows = [row for row in await house.audited(500) if row.act == "command.refused"]
    assert (len(before), len(rows)) == (30, 31)
    assert max(int(str(row.detail.get("left_out", 0))) for row in rows) == 269
