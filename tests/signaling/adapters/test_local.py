"""Passwords, pictures, clock and randomness of the machine."""

import asyncio
import os
import subprocess
import sys
from typing import Final

from signaling.adapters.passwords import ArgonHasher
from signaling.adapters.system import SystemClock, SystemSecrets
from signaling.domain.errors import BusyError
from signaling.domain.fair_queue import Lane


async def test_a_password_is_argon2id_with_the_parameters_we_promise() -> None:
    hasher = ArgonHasher()
    encoded = await hasher.hash("geheim")
    assert encoded.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert await hasher.verify(encoded, "geheim")
    assert not await hasher.verify(encoded, "other")
    assert not await hasher.verify(None, "nobody's password")
    assert not await hasher.verify("not a hash", "geheim")
    hasher.close()


async def test_forty_addresses_that_guess_delay_each_other_and_nobody_honest() -> None:
    hasher = ArgonHasher(queue_size=64, memory_kib=64)
    flood = [
        asyncio.create_task(hasher.verify(None, "guess", Lane(f"10.0.0.{number % 40}", known=False)))
        for number in range(1200)
    ]
    await asyncio.sleep(0)
    done_before = asyncio.create_task(hasher.verify(None, "mine", Lane("10.9.9.9", known=False)))
    device = asyncio.create_task(hasher.verify(None, "mine", Lane("device 1", known=True)))
    assert not await device
    assert not await done_before, "a new address takes its turn, it is not refused"
    outcomes = await asyncio.gather(*flood, return_exceptions=True)
    assert any(isinstance(outcome, BusyError) for outcome in outcomes)
    hasher.close()


async def test_a_full_queue_refuses_and_nothing_queued_is_lost() -> None:
    hasher = ArgonHasher(queue_size=2, memory_kib=64)
    outcomes = await asyncio.gather(*(hasher.hash("x") for _ in range(50)), return_exceptions=True)
    refused = [outcome for outcome in outcomes if isinstance(outcome, BusyError)]
    assert refused
    assert len(refused) + sum(isinstance(outcome, str) for outcome in outcomes) == 50
    assert await hasher.verify(await hasher.hash("x"), "x")
    hasher.close()


async def test_only_the_hashing_thread_is_niced() -> None:
    before = os.getpriority(os.PRIO_PROCESS, 0)
    hasher = ArgonHasher(memory_kib=64)
    await hasher.hash("x")
    assert os.getpriority(os.PRIO_PROCESS, 0) == before
    hasher.close()


NICED: Final = """
import asyncio, os, threading
from signaling.adapters.passwords import ArgonHasher

async def main():
    await ArgonHasher(memory_kib=64).hash("x")
    thread = next(one for one in threading.enumerate() if one.name == "passwords")
    print(os.getpriority(os.PRIO_PROCESS, thread.native_id))

asyncio.run(main())
"""


def test_a_service_that_is_far_behind_already_still_hashes() -> None:
    command = ["nice", "-n", "19", sys.executable, "-c", NICED]
    asked = subprocess.run(command, check=True, capture_output=True, text=True, timeout=30)
    assert asked.stdout.strip() == "19", "to come forward is refused to all but root"


async def test_waiting_ends_at_the_deadline_or_when_woken() -> None:
    clock, wake = SystemClock(), asyncio.Event()
    await clock.wait(clock.now() - 1, wake.wait)
    asyncio.get_running_loop().call_soon(wake.set)
    async with asyncio.timeout(10):
        await clock.wait(float("inf"), wake.wait)


def test_randomness_has_the_promised_shape() -> None:
    secrets = SystemSecrets()
    assert len({secrets.new_id() for _ in range(100)}) == 100
    assert len(secrets.new_id()) == 22
    assert secrets.digits(6).isdecimal()
    assert len(secrets.token()) >= 43
    assert len(secrets.password().split("-")) == 4
