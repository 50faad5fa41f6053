"""A call's room lives in one signalling process, its home; commands given elsewhere are carried out there.

A method marked `@at_home` runs where the room of its `call_id` is: here, or in the process that was asked for
it, with the same result or refusal. The first to join a call makes its process the home; when that process
is gone, the next to join takes the room over.
"""

import inspect
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from functools import cached_property, wraps
from typing import Any, ParamSpec, Protocol, TypeVar, cast

from pydantic import TypeAdapter

from signaling.domain.errors import NotFoundError
from signaling.domain.ids import CallId, JsonObject

P = ParamSpec("P")
R = TypeVar("R")
Handler = Callable[[str, JsonObject], Awaitable[Any]]


class RoomHomes(Protocol):
    """Which process is the home of a call's room, and how to ask it. Raises BusyError when out of reach."""

    @property
    def process(self) -> str:
        """The name of this process."""
        ...

    async def claim(self, call_id: CallId) -> bool:
        """Make this process the home unless a living one is; True when it took over from one that is gone."""
        ...

    async def find(self, call_id: CallId) -> str | None:
        """Return the living home of a room; None when that is this process, or there is none."""
        ...

    def forget(self, call_id: CallId) -> None:
        """This process is the home of a room no more."""
        ...

    async def ask(self, process: str, method: str, arguments: JsonObject) -> Any:
        """Have a method carried out in another process; raises what it raised."""
        ...

    def answer_with(self, handler: Handler) -> None:
        """Carry out with `handler` what other processes ask for."""
        ...


class _Carried:
    """How a method's arguments and result are written as JSON."""

    def __init__(self, method: Callable[..., Any]) -> None:
        self.name = method.__qualname__
        self.method = method
        self.signature = inspect.signature(method)

    @cached_property
    def parameters(self) -> Mapping[str, TypeAdapter[Any]]:
        """An adapter for each argument but `self`."""
        named = list(self.signature.parameters.values())[1:]
        return {parameter.name: TypeAdapter(parameter.annotation) for parameter in named}

    @cached_property
    def result(self) -> TypeAdapter[Any]:
        """An adapter for the result."""
        return TypeAdapter(self.signature.return_annotation)

    def dump(self, arguments: Mapping[str, Any]) -> JsonObject:
        """Return the arguments as JSON."""
        return {
            name: self.parameters[name].dump_python(value, mode="json") for name, value in arguments.items()
        }

    async def run(self, service: object, document: JsonObject) -> Any:
        """Call the method of a service with arguments as JSON; return its result as JSON."""
        given = {name: self.parameters[name].validate_python(value) for name, value in document.items()}
        call = self.signature.bind(service, **given)
        return self.result.dump_python(await self.method(*call.args, **call.kwargs), mode="json")


def at_home(method: Callable[P, Awaitable[R]]) -> Callable[P, Coroutine[Any, Any, R]]:
    """Carry a service's method out where the room of its argument `call_id` is."""
    carried = _Carried(method)

    @wraps(method)
    async def where_it_is(*args: P.args, **kwargs: P.kwargs) -> R:
        given = dict(carried.signature.bind(*args, **kwargs).arguments)
        homes: RoomHomes = given.pop("self")._ports.homes
        home = await homes.find(given["call_id"])
        if home is None:
            return await method(*args, **kwargs)
        answer = await homes.ask(home, carried.name, carried.dump(given))
        return cast(R, carried.result.validate_python(answer))

    where_it_is.carried = carried  # type: ignore[attr-defined]
    return where_it_is


class Household:
    """The methods of this process's services that other processes may ask for: those marked `@at_home`."""

    def __init__(self, *services: object) -> None:
        self._methods: dict[str, tuple[_Carried, object]] = {}
        for service in services:
            for _, method in inspect.getmembers(type(service), inspect.isfunction):
                carried = getattr(method, "carried", None)
                if carried is not None:
                    self._methods[carried.name] = carried, service

    async def carry_out(self, name: str, arguments: JsonObject) -> Any:
        """Run one method here; raises what it raises, `not_found` for one that nobody may ask for."""
        if name not in self._methods:
            raise NotFoundError("not_found")
        carried, service = self._methods[name]
        return await carried.run(service, arguments)
