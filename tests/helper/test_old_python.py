"""The helper runs on Python 3.7, which is not here: its syntax is held against 3.7's grammar, and the names
it uses against what came later. `./dev lint` holds the rest of the syntax against it (ruff's target version).
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

HELPER = Path(__file__).parents[2] / "web_client" / "helper"
SOURCES = sorted(HELPER.rglob("*.py"))
OLD = (3, 7)

LATER_MODULES = {
    "graphlib",
    "zoneinfo",
    "tomllib",
    "importlib.metadata",
    "importlib.resources.abc",
    "compression",
}
LATER_NAMES = {
    "typing": {
        *(
            "Final",
            "Literal",
            "Protocol",
            "TypedDict",
            "runtime_checkable",
            "SupportsIndex",
            "get_args",
            "get_origin",
        ),
        *(
            "Annotated",
            "ParamSpec",
            "Concatenate",
            "TypeAlias",
            "TypeGuard",
            "Self",
            "Never",
            "LiteralString",
        ),
        *(
            "Required",
            "NotRequired",
            "Unpack",
            "assert_never",
            "assert_type",
            "reveal_type",
            "override",
            "final",
        ),
    },
    "functools": {"cached_property", "cache", "singledispatchmethod"},
    "math": {"prod", "dist", "isqrt", "comb", "perm", "lcm", "nextafter", "ulp"},
    "itertools": {"pairwise", "batched"},
    "contextlib": {"aclosing", "chdir", "AsyncContextDecorator"},
    "enum": {"StrEnum", "verify", "member", "nonmember", "EnumType", "ReprEnum"},
    "shlex": {"join"},
    "random": {"randbytes"},
    "asyncio": {"run_coroutine", "TaskGroup", "timeout", "to_thread", "Runner"},
    "socket": {"create_server", "has_dualstack_ipv6"},
    "dataclasses": {"KW_ONLY"},
    "types": {"NoneType", "EllipsisType", "UnionType", "CellType"},
    "collections.abc": {"Buffer"},
}
LATER_ATTRIBUTES = {
    *(
        "removeprefix",
        "removesuffix",
        "with_stem",
        "is_relative_to",
        "readlink",
        "hardlink_to",
        "walk",
        "bit_count",
    ),
    *(
        "cached_property",
        "isqrt",
        "pairwise",
        "StrEnum",
        "add_note",
        "as_integer_ratio",
        "pidfd_open",
        "memfd_create",
    ),
    *(
        "HTTPMethod",
        "waitstatus_to_exitcode",
        "unraisablehook",
        "orig_argv",
        "stdlib_module_names",
        "excepthook_",
    ),
}
LATER_KEYWORDS = {
    *(
        "missing_ok",
        "slots",
        "kw_only",
        "strict",
        "capture_output_",
        "weakref_slot",
        "encoding_errors",
        "root_dir",
    ),
    *("force", "dirs_exist_ok", "usedforsecurity", "process_group"),
}
"""Parameters that came after 3.7; none has a namesake that is older and used here."""


def names(tree: ast.AST) -> Iterator[str]:
    """Yield what of a module 3.7 does not have."""
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=aliases):
                yield from (alias.name for alias in aliases if alias.name in LATER_MODULES)
            case ast.ImportFrom(module=str(module), names=aliases):
                later = LATER_NAMES.get(module, set())
                yield from (f"{module}.{alias.name}" for alias in aliases if alias.name in later)
            case ast.Attribute(value=ast.Name(id=module), attr=name) if name in LATER_NAMES.get(module, ()):
                yield f"{module}.{name}"
            case ast.Attribute(attr=name) if name in LATER_ATTRIBUTES:
                yield f".{name}"
            case ast.Call(keywords=keywords):
                yield from (f"{word.arg}=" for word in keywords if word.arg in LATER_KEYWORDS)


def evaluated(tree: ast.Module) -> Iterator[ast.AST]:
    """Yield what is computed when the program runs: all but annotations, which 3.7 keeps as written."""
    stack: list[ast.AST] = [tree]
    while stack:
        node = stack.pop()
        yield node
        for name, value in ast.iter_fields(node):
            if name in {"annotation", "returns"} or (
                isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
            ):
                continue
            stack += [
                part for part in (value if isinstance(value, list) else [value]) if isinstance(part, ast.AST)
            ]


def evaluated_types(tree: ast.Module) -> Iterator[str]:
    """Yield `list[int]`, `dict | dict` and their like outside annotations: 3.9 and 3.10."""
    classes = {
        "list",
        "dict",
        "set",
        "tuple",
        "type",
        "frozenset",
        "deque",
        "Callable",
        "Iterable",
        "Iterator",
        "Popen",
    }
    for node in evaluated(tree):
        match node:
            case ast.Subscript(value=ast.Name(id=name), ctx=ast.Load()) if name in classes:
                yield f"{name}[…]"
            case ast.BinOp(left=ast.Name(id=left), op=ast.BitOr(), right=ast.Name(id=right)) if left[
                0
            ].isupper() and (not left.isupper() or not right.isupper()):
                yield f"{left} | {right}"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(HELPER)))
def test_it_is_python_of_old(path: Path) -> None:
    tree = ast.parse(path.read_text(), feature_version=OLD)
    assert list(names(tree)) == []
    assert list(evaluated_types(tree)) == []
    has_annotations = any(isinstance(node, (ast.AnnAssign, ast.FunctionDef)) for node in ast.walk(tree))
    assert "from __future__ import annotations" in path.read_text() or not has_annotations
    assert not [node for node in ast.walk(tree) if isinstance(node, (ast.NamedExpr, ast.Match))]
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.arguments) and node.posonlyargs]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(HELPER)))
def test_it_needs_nothing_but_the_standard_library(path: Path) -> None:
    imported = set()
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.Import(names=aliases):
                imported |= {alias.name.split(".")[0] for alias in aliases}
            case ast.ImportFrom(module=str(module), level=0):
                imported.add(module.split(".")[0])
    assert imported <= {*sys.stdlib_module_names, "web_client"}


@pytest.mark.parametrize(
    "source",
    [
        "if (x := 1): pass",
        "def f(a, /): pass",
        "from typing import Final",
        "import functools\nfunctools.cache",
        "'x'.removeprefix('x')",
        "p.unlink(missing_ok=True)",
        "X = list[int]",
        "X = Foo | Bar",
        "with (open(a) as b, open(c) as d): pass",
        "match x:\n  case 1: pass",
        "import tomllib",
    ],
)
def test_the_search_is_not_blind(source: str) -> None:
    try:
        tree = ast.parse(source, feature_version=OLD)
    except SyntaxError:
        return
    found = [*names(tree), *evaluated_types(tree)]
    found += [node for node in ast.walk(tree) if isinstance(node, (ast.NamedExpr, ast.Match))]
    found += [node for node in ast.walk(tree) if isinstance(node, ast.arguments) and node.posonlyargs]
    assert found, source
