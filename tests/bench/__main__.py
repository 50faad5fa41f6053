"""`./dev bench NAME [--json]`: run one benchmark on demand.

A benchmark is a module or package of this folder with `run(*, json: bool) -> int`: it prints figures, as one
JSON object when asked, and returns 0 when what it holds was held. One with a parameter `calls` can be run for
so many, one with `rows` only in part.
"""

import argparse
import importlib
import inspect
import sys

from tests.bench._names import names


def main() -> int:
    """Run the benchmark named on the command line; return its exit status."""
    parser = argparse.ArgumentParser(prog="./dev bench")
    parser.add_argument("name", choices=names())
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--calls", type=int, help="for soak: how many calls")
    parser.add_argument(
        "--row", action="append", help="for network: only this row; more than once for several"
    )
    arguments = parser.parse_args()
    run = importlib.import_module(f"tests.bench.{arguments.name}").run
    given = {"calls": arguments.calls, "rows": arguments.row}
    chosen = {name: value for name, value in given.items() if value is not None}
    for name in chosen.keys() - inspect.signature(run).parameters.keys():
        parser.error(f"{arguments.name} takes no {name}")
    return int(run(json=arguments.json, **chosen))


if __name__ == "__main__":
    sys.exit(main())
