"""A network namespace of our own, so that both servers and the load share one address and nothing else."""

import os
import subprocess
import sys

HOST = "10.77.0.1"
INSIDE = "BENCH_INSIDE_NAMESPACE"
SET_UP = (
    "ip link set lo up && ip link add bench0 type veth peer name bench1 && "
    f'ip addr add {HOST}/24 dev bench0 && ip link set bench0 up && ip link set bench1 up && exec "$@"'
)


def is_inside() -> bool:
    """Return whether this process already runs in the namespace."""
    return os.environ.get(INSIDE) == "1"


def run_inside(arguments: list[str]) -> int:
    """Run this Python with `arguments` in a fresh namespace and return its exit status; needs root."""
    command = ["unshare", "--net", "sh", "-c", SET_UP, "sh", sys.executable, *arguments]
    return subprocess.run(command, env=os.environ | {INSIDE: "1"}, check=False).returncode
