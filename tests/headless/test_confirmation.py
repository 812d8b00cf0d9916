from __future__ import annotations

import io
import sys

import click
import pytest

from streamtop.headless.confirmation import Choices, agreed, must_be_answerable, preview
from streamtop.model.ids import ZERO
from streamtop.model.pending_entries import PendingEntries
from streamtop.model.text import to_name
from streamtop.operations.acknowledge import Acknowledge
from streamtop.operations.destroy_group import DestroyGroup
from streamtop.planning.plan import Plan
from tests.fakes import pending_entries

HARMLESS = Acknowledge("orders", "billing", PendingEntries(pending_entries(2)))
NAME = to_name(b"caf\xe9")
GRAVE = DestroyGroup("orders", NAME, ZERO, pending=9, consumers=1)


class Terminal(io.TextIOWrapper):
    """Somebody who is there, and what they type."""

    def __init__(self, text: str = "") -> None:
        super().__init__(io.BytesIO(text.encode()))

    def isatty(self) -> bool:
        return True


def type_in(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """A terminal on which this is typed."""
    monkeypatch.setattr(sys, "stdin", Terminal(text))
    monkeypatch.setattr(sys, "stderr", Terminal())


def test_a_yes_in_advance_is_enough_where_little_is_lost() -> None:
    assert HARMLESS.typed is None
    assert agreed(Plan(HARMLESS), Choices(yes=True))


def test_a_yes_in_advance_is_not_enough_where_a_name_is_asked_for() -> None:
    assert GRAVE.typed == NAME
    with pytest.raises(click.UsageError, match=r"add --confirm caf\\xe9"):
        agreed(Plan(GRAVE), Choices(yes=True))


@pytest.mark.parametrize("given", ["caf\\xe9", "caf\udce9"])
def test_the_name_in_advance_is_a_yes(given: str) -> None:
    assert agreed(Plan(GRAVE), Choices(confirm=given))


@pytest.mark.parametrize("given", ["", "café", "yes", "orders"])
def test_another_name_in_advance_is_wrong_usage(given: str) -> None:
    with pytest.raises(click.UsageError, match="--confirm"):
        agreed(Plan(GRAVE), Choices(confirm=given, yes=True))


def test_a_name_in_advance_is_no_yes_to_another_question() -> None:
    with pytest.raises(click.UsageError, match="add --yes"):
        agreed(Plan(HARMLESS), Choices(confirm="billing"))


@pytest.mark.parametrize(
    ("text", "answer"),
    [("caf\\xe9\n", True), ("caf\\xe9", True), ("yes\n", False), ("\n", False), ("", False)],
)
def test_on_a_terminal_the_name_must_be_typed(
    monkeypatch: pytest.MonkeyPatch, text: str, answer: bool
) -> None:
    type_in(monkeypatch, text)
    assert agreed(Plan(GRAVE), Choices(yes=True)) == answer


@pytest.mark.parametrize(
    ("text", "answer"),
    [("yes\n", True), ("YES \n", True), ("y\n", False), ("no\n", False), ("\n", False)],
)
def test_on_a_terminal_yes_must_be_typed(
    monkeypatch: pytest.MonkeyPatch, text: str, answer: bool
) -> None:
    type_in(monkeypatch, text)
    assert agreed(Plan(HARMLESS), Choices()) == answer


@pytest.mark.parametrize(
    "choices", [Choices(yes=True), Choices(dry_run=True), Choices(redis_cli=True)]
)
def test_without_a_terminal_some_option_must_answer(choices: Choices) -> None:
    must_be_answerable(choices)
    with pytest.raises(click.UsageError, match="add --yes"):
        must_be_answerable(Choices())


def test_at_most_three_commands_are_shown_and_no_line_is_endless() -> None:
    many = Acknowledge("orders", "billing", PendingEntries(pending_entries(1_000)))
    shown = preview(Plan(many)).splitlines()
    commands = shown[shown.index("Commands (all of them: --redis-cli):") + 1 :]
    assert [command.split()[0] for command in commands] == ["EVAL", "EVAL", "EVAL", "…"]
    assert max(map(len, commands)) <= 200
