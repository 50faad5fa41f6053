"""A second machine on this one: a network namespace at the other end of a virtual cable (root only)."""

import contextlib
import os
import subprocess
import uuid
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wire:
    """A cable between this machine and a namespace.

    Attributes:
        namespace: where the other end is.
        here: this machine's address on it.
        there: the namespace's.
    """

    namespace: str
    here: str
    there: str
    _near: str
    _far: str

    def command(self, *words: str) -> list[str]:
        """Return the command that runs `words` at the other end."""
        return ["ip", "netns", "exec", self.namespace, *words]

    def lay(self, here: str, there: str) -> None:
        """Let both ends have another address each, of one network; IPv6 ones are good at once."""
        bits, good = ("64", ("nodad",)) if ":" in here else ("24", ())
        _ip("address", "add", f"{here}/{bits}", "dev", self._near, *good)
        _ip("-n", self.namespace, "address", "add", f"{there}/{bits}", "dev", self._far, *good)


@contextlib.contextmanager
def wire() -> Iterator[Wire]:
    """Lay a cable and take it away again."""
    tag = uuid.uuid4()
    name = f"bb-{tag.hex[:8]}"
    net = f"10.{200 + tag.bytes[8] % 50}.{tag.bytes[9]}"  # drawn anew, as several tests may run at once
    near, far = f"{name}-a", f"{name}-b"
    laid = Wire(name, f"{net}.1", f"{net}.2", near, far)
    _ip("netns", "add", name)
    try:
        _ip("link", "add", near, "type", "veth", "peer", "name", far, "netns", name)
        _ip("address", "add", f"{laid.here}/24", "dev", near)
        _ip("link", "set", near, "up")
        _ip("-n", name, "address", "add", f"{laid.there}/24", "dev", far)
        _ip("-n", name, "link", "set", far, "up")
        _ip("-n", name, "link", "set", "lo", "up")
        yield laid
    finally:
        _ip("netns", "delete", name)  # takes its end of the cable along, and with it ours


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, env={**os.environ, "LC_ALL": "C"})
