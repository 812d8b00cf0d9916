"""The walls of the house, tried at run time: who is never there when another comes in."""

from __future__ import annotations

import json
import pkgutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import grimp
import pytest

import streamtop
from tests.kit.waiting import PATIENCE

if TYPE_CHECKING:
    from streamtop.operations import Operation

_ROOT = Path(streamtop.__file__).parent
_TERMINAL = {"textual", "rich"}
_DRAWING = {"textual", "rich.console"}
"""Not rich.cells, which measures text."""
_REDIS = {"redis", "hiredis"}


def imported_by(*modules: str) -> set[str]:
    """All modules that are there once these were imported, in a process of their own."""
    program = (
        "import importlib, json, sys\n"
        f"for name in {modules!r}: importlib.import_module(name)\n"
        "print(json.dumps(sorted(sys.modules)))"
    )
    told = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE,
        cwd=_ROOT.parent,
    )
    return set(json.loads(told.stdout))


def modules_of(package: str) -> list[str]:
    """A module, or a package and all modules in it; nothing if it is not (yet) there."""
    path = _ROOT.joinpath(*package.split(".")[1:])
    if path.with_suffix(".py").exists():
        return [package]
    if not path.is_dir():
        return []
    found = pkgutil.walk_packages([str(path)], f"{package}.")
    return [package, *(module.name for module in found)]


@pytest.mark.parametrize(
    ("packages", "never"),
    [
        (["streamtop.cli"], _REDIS | _TERMINAL),
        (["streamtop.ui"], _REDIS | {"streamtop.gateway"}),
        (["streamtop.gateway", "streamtop.headless"], _DRAWING | {"streamtop.ui"}),
        (
            [
                *("streamtop.journal", "streamtop.operations", "streamtop.decode"),
                *("streamtop.polling", "streamtop.source"),
            ],
            _REDIS | _TERMINAL | {"streamtop.ui", "streamtop.gateway"},
        ),
        (
            ["streamtop.model"],
            _REDIS
            | _TERMINAL
            | {"click", "humanize", "msgspec", "asyncio", "streamtop.ui", "streamtop.source"},
        ),
    ],
    ids=["cli", "ui", "gateway", "between", "model"],
)
def test_no_module_brings_in_what_it_may_not_know(packages: list[str], never: set[str]) -> None:
    modules = [module for package in packages for module in modules_of(package)]
    assert modules
    assert not never & imported_by(*modules)


def test_the_command_line_starts_without_what_it_may_not_need() -> None:
    loaded = imported_by("streamtop.cli")
    assert "streamtop.demo" not in loaded
    assert "streamtop.ui.app" not in loaded


def test_the_scripts_come_with_the_package() -> None:
    from streamtop.model.pending_entries import PendingEntries
    from streamtop.operations.claim import Claim
    from streamtop.operations.replay import Replay
    from tests.fakes import pending_entries

    rows = PendingEntries(pending_entries(1))
    operations: list[Operation] = [Replay("s", "t", rows, "g"), Claim("s", "g", "w", rows)]
    for operation in operations:
        [step] = operation.steps(lambda: 0.0)
        assert step.command[0] == b"EVAL"
        assert b"redis.pcall" in step.command[1]


def test_no_module_imports_a_package_that_contains_it() -> None:
    """Closes what the contract on siblings leaves open: circles through an `__init__`."""
    graph = grimp.build_graph("streamtop", cache_dir=None)
    inner = [
        (module, imported)
        for module in graph.modules
        for imported in graph.find_modules_directly_imported_by(module)
        if module.startswith(f"{imported}.") and imported != "streamtop"
    ]
    assert inner == []
