"""Forms: what is typed, ticked and chosen is what comes out, and only once all of it will do."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from textual.app import App
from textual.widgets import Input, OptionList, TextArea

from streamtop.ui.app import StreamtopApp
from streamtop.ui.dialogs.form import (
    Checkbox,
    Choice,
    ChosenName,
    Field,
    Form,
    MultilineField,
    NameField,
    NameOption,
    Option,
    duration,
    new_name,
    number,
    text,
)
from tests.kit.pilot import SMALL, WIDE, Session
from tests.kit.screen import assert_clean

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from streamtop.ui.dialogs.form import Answers

HOSTILE = "[/b] \x1b[31m\udcff‮"


class Asker(App[None]):
    """Asks one form, and keeps what came of it."""

    CSS_PATH = StreamtopApp.CSS_PATH

    def __init__(self, form: Form) -> None:
        super().__init__()
        self.form = form
        self.answered = False
        self.answers: Answers | None = None

    def on_mount(self) -> None:
        self.push_screen(self.form, self.take)

    def take(self, answers: Answers | None) -> None:
        self.answered, self.answers = True, answers


class At(Session[Asker]):
    """A form, and the user before it."""

    async def answers(self, *keys: str) -> Answers:
        """What comes out after these keys and Enter."""
        await self.press(*keys, "enter")
        await self.until(lambda: self.app.answered)
        assert self.app.answers is not None
        return self.app.answers

    async def refused(self, *keys: str) -> str:
        """What is said after these keys and Enter; the form stays."""
        await self.press(*keys, "enter")
        assert not self.app.answered
        return self.text


@asynccontextmanager
async def asked(
    *fields: Field[object], size: tuple[int, int] = SMALL, notes: Sequence[str] = ()
) -> AsyncIterator[At]:
    """A form with these fields."""
    app = Asker(Form("What is wanted?", fields, notes=notes))
    async with app.run_test(size=size) as pilot:
        at = At(app, pilot)
        await at.until(lambda: isinstance(app.screen, Form))
        yield at


def consumers(
    preset: str | None = None, unfit: Callable[[str], str | None] | None = None
) -> NameField:
    """A field for one of three consumers, or a new one."""
    names = [NameOption("alice", "idle"), NameOption("bob", "active"), NameOption("carol")]
    return NameField("For", names, new="a new consumer", preset=preset, unfit=unfit)


@pytest.mark.parametrize(
    ("keys", "choice"),
    [
        ([], ChosenName("alice")),
        (["down"], ChosenName("bob")),
        (["down", "down", "down", "up"], ChosenName("bob")),
        (["c", "a"], ChosenName("carol")),
        ([*"bob"], ChosenName("bob")),
        ([*"dave"], ChosenName("dave", True)),
        ([*"b", "down"], ChosenName("b", True)),
    ],
)
async def test_a_name_is_chosen_by_arrows_or_typed(keys: list[str], choice: ChosenName) -> None:
    field = consumers()
    async with asked(field) as at:
        assert (await at.answers(*keys))[field] == choice


async def test_the_name_that_was_thought_of_first_is_the_one_unless_another_is_chosen() -> None:
    field = consumers(preset="carol")
    async with asked(field) as at:
        assert (await at.answers())[field] == ChosenName("carol")


async def test_a_name_that_must_be_there_cannot_be_new() -> None:
    field = NameField("From", [NameOption("alice")], any_one="everyone")
    async with asked(field) as at:
        assert "There is no such name." in await at.refused(*"dave")
        await at.press(*["backspace"] * 4)
        assert "everyone" in at.text
        assert (await at.answers())[field] == ChosenName("")


async def test_where_there_are_no_names_one_is_typed() -> None:
    field = NameField("For", [], new="a new consumer")
    async with asked(field) as at:
        assert "Type a name." in await at.refused()
        assert (await at.answers("w"))[field] == ChosenName("w", True)


async def test_a_name_that_will_not_do_is_refused_with_the_reason() -> None:
    field = consumers(unfit=lambda name: "bob is away" if name == "bob" else None)
    async with asked(field) as at:
        assert "Bob is away." in await at.refused("down")
        assert (await at.answers("down"))[field] == ChosenName("carol")


async def test_a_box_is_ticked_by_space_and_enter_goes_on_from_anywhere() -> None:
    name, first, second = consumers(), Checkbox("the first"), Checkbox("the second", preset=True)
    async with asked(name, first, second) as at:
        answers = await at.answers("tab", "space", "tab", "space")
        assert (answers[first], answers[second]) == (True, False)


async def test_a_greyed_box_says_why_and_is_passed_over() -> None:
    greyed, after = Checkbox("once", preset=True, greyed="this server cannot"), text("Reason")
    async with asked(consumers(), greyed, after) as at:
        assert "This server cannot." in at.text
        answers = await at.answers("tab", "space", "x")
        assert not answers[greyed]
        assert answers[after] == "x"


async def test_one_of_a_few_ways_is_chosen_by_arrows_and_greyed_ones_are_passed_over() -> None:
    ways = [Option("a", "first"), Option("b", "second", greyed="not here"), Option("c", "third")]
    field = Choice("How", ways)
    async with asked(field) as at:
        assert "(•) first" in at.text
        await at.press("down")
        assert "(•) third" in at.text
        assert "(•) first" not in at.text
        assert "not here" in at.text
        assert (await at.answers())[field] == "c"


async def test_a_preset_way_is_chosen_at_first_unless_it_is_greyed() -> None:
    ways = [Option("a", "first", greyed="no"), Option("b", "second"), Option("c", "third")]
    one, other = Choice("One", ways, preset="c"), Choice("Other", ways, preset="a")
    async with asked(one, other, size=WIDE) as at:
        answers = await at.answers()
        assert (answers[one], answers[other]) == ("c", "b")


async def test_arrows_go_from_field_to_field_and_through_the_names_first() -> None:
    name, tick, line = consumers(), Checkbox("tick"), text("TextField")
    async with asked(name, tick, line) as at:
        answers = await at.answers("down", "down", "down", "space", "down", "x", "up", "down", "y")
        assert answers[name] == ChosenName("carol")
        assert answers[tick]
        assert answers[line] == "y"  # what stands there is replaced by what is typed


@pytest.mark.parametrize(
    ("typed", "ms"), [("", None), ("90", 90_000), ("1.5h", 5_400_000), ("250ms", 250)]
)
async def test_a_duration_is_read_with_its_unit(typed: str, ms: int | None) -> None:
    field = duration("Idle longer than")
    async with asked(field) as at:
        assert (await at.answers(*("full_stop" if c == "." else c for c in typed)))[field] == ms


async def test_what_is_wrong_is_said_below_the_field_and_goes_away_once_it_is_right() -> None:
    idle, rate, name = duration("Idle"), number("Rate"), new_name("NameField", {"taken"})
    async with asked(idle, rate, name, size=WIDE) as at:
        said = await at.refused("q", "tab", "0", "tab", *"taken")
        assert "Give a duration such as 500ms, 90s, 5m, 2h or 1d." in said
        assert "Give a number above 0." in said
        assert "There is one of that name already." in said
        assert at.app.focused is at.app.form.query(Input).first()
        said = await at.refused("backspace", "9", "s")
        assert "Give a duration" not in said
        assert "Give a number above 0." in said
        answers = await at.answers("backspace", "2", "tab", "n")
        assert (answers[idle], answers[rate], answers[name]) == (9_000, 2.0, "n")


async def test_in_lines_of_text_enter_is_a_new_line_and_control_s_goes_on() -> None:
    field: MultilineField[list[str]] = MultilineField(
        "Fields", lambda typed: typed.split("\n"), preset="a"
    )
    async with asked(field) as at:
        await at.press("end", "b", "enter", "c", "up", "end", "d")
        assert not at.app.answered
        assert isinstance(at.app.focused, TextArea)
        await at.press("ctrl+s")
        await at.until(lambda: at.app.answered)
        assert at.app.answers is not None
        assert at.app.answers[field] == ["abd", "c"]


async def test_escape_leaves_without_an_answer() -> None:
    async with asked(consumers(), text("Reason")) as at:
        await at.press(*"bob", "tab", "x", "escape")
        await at.until(lambda: at.app.answered)
        assert at.app.answers is None


async def test_a_click_goes_on_and_a_click_on_a_name_chooses_it() -> None:
    field = consumers()
    async with asked(field, text("Reason")) as at:
        await at.pilot.click(OptionList, offset=(2, 1))
        assert not at.app.answered
        await at.pilot.click("#go-on")
        await at.until(lambda: at.app.answered)
        assert at.app.answers is not None
        assert at.app.answers[field] == ChosenName("bob")


def everything() -> list[Field[object]]:
    """One field of each kind, and a few more."""
    names = [NameOption(f"consumer-{n}", "about it") for n in range(300)]
    fields: list[Field[object]] = [NameField("For", names, new="a new one")]
    fields += [
        NameField("From", names, any_one="everyone"),
        Checkbox("tick"),
        Checkbox("no", greyed="why"),
    ]
    fields += [
        duration("Idle"),
        Choice("How", [Option("a", "first", "about"), Option("b", "second")]),
    ]
    return fields


@pytest.mark.parametrize("size", [SMALL, WIDE], ids=["small", "large"])
async def test_all_of_a_form_can_be_seen_in_a_small_terminal(size: tuple[int, int]) -> None:
    async with asked(*everything(), size=size) as at:
        lowest = at.app.form.query_one("#go-on").region.bottom
        assert lowest <= size[1]
        for label in ("For", "From", "[ ] tick", "Why.", "Idle", "(•) first", "( ) second"):
            assert label in at.text
        body = at.app.form.query_one("#body")
        assert body.max_scroll_y == 0


async def test_names_of_any_bytes_are_shown_escaped_and_come_out_as_they_are() -> None:
    field = NameField("For", [NameOption(HOSTILE)], new="new")
    async with asked(field, size=WIDE) as at:
        assert_clean(at.app)
        assert (await at.answers())[field] == ChosenName(HOSTILE)
