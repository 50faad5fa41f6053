"""The directory in memory follows what is stored."""

import asyncio
from dataclasses import replace

from signaling.domain.directory_data import DirectoryChange, DirectoryData
from signaling.services.directory import DirectoryService
from tests.signaling.services.fakes import House


class SlowFirst:
    """A directory store whose first answer arrives after the second."""

    def __init__(self, house: House) -> None:
        self._store = house.ports.directory
        self._turn = asyncio.Event()
        self._first = True
        self.asked = asyncio.Event()

    async def load(self) -> DirectoryData:
        data = await self._store.load()
        if self._first:
            self._first = False
            self.asked.set()
            await self._turn.wait()
        else:
            self._turn.set()
        return data


async def test_an_overtaken_reading_does_not_bring_back_what_was_before(house: House) -> None:
    slow = SlowFirst(house)
    service = DirectoryService(replace(house.ports, directory=slow))  # type: ignore[arg-type]
    person = house.services.directory.current.staff("demo-03")
    async with asyncio.TaskGroup() as group:
        group.create_task(service.reload())
        await slow.asked.wait()
        await house.ports.directory.apply(DirectoryChange(staff=(replace(person, enabled=False),)))
        group.create_task(service.reload())
    assert not service.current.staff("demo-03").enabled
