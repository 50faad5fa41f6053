"""Two signalling processes over one database and one Redis: a call crosses from one to the other."""

from pathlib import Path

from tests.signaling.web.house import open_house, request_body


async def test_a_call_rings_at_a_specialist_of_another_process(tmp_path: Path, redis_url: str) -> None:
    async with (
        open_house(tmp_path, redis_url=redis_url) as here,
        open_house(tmp_path, redis_url=redis_url) as there,
    ):
        specialist = await there.demo("specialist")
        await specialist.do("presence.set", state="available", sound_unlocked=True)
        supervisor = await there.demo("supervisor")
        await supervisor.do("queue.watch")
        clerk = await here.demo("clerk")
        call = await clerk.do("call.request", **request_body())
        ring = await specialist.expect("offer.made")
        assert ring["call"]["call_id"] == call["call_id"]
        assert not specialist.heard("offer.made"), "told once, not once a process"
        accepted = await specialist.do(
            "offer.accept", call_id=call["call_id"], offer_id=ring["offer"]["offer_id"]
        )
        assert accepted["clerk_name"]
        changed = await clerk.expect("call.changed", lambda one: one["state"] == "connected")
        assert changed["specialist_name"]
        await supervisor.expect("queue.changed", lambda body: bool(body["running"]))


async def test_signing_out_at_one_process_cuts_the_sockets_of_another(tmp_path: Path, redis_url: str) -> None:
    async with (
        open_house(tmp_path, redis_url=redis_url) as here,
        open_house(tmp_path, redis_url=redis_url) as there,
    ):
        clerk = await here.demo("clerk")
        await there.running.services.accounts.revoke_all(clerk.staff_id, "disabled")
        assert (await clerk.expect("signed_out"))["reason"] == "disabled"
        await clerk.gone.wait()
