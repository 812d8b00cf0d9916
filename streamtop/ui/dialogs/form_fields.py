"""What a form asks for, as values: each field is the key to its own answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar, cast

from streamtop.model.text import printable
from streamtop.settings import milliseconds

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class NameOption(NamedTuple):
    """A name that can be chosen, and what is known of it."""

    name: str
    about: str = ""


class ChosenName(NamedTuple):
    """A name that was chosen."""

    name: str
    is_new: bool = False


class Option(NamedTuple):
    """One of a few ways to do something."""

    value: str
    label: str
    about: str = ""
    greyed: str | None = None
    """Why it cannot be chosen here, if it cannot."""


class Field(Generic[T_co]):
    """Something that is asked for."""

    def __init__(self, label: str, *, greyed: str | None = None) -> None:
        self.label = label
        self.greyed = greyed
        """Why it cannot be answered here, if it cannot."""


class NameField(Field[ChosenName]):
    """A name from a list, or a new one."""

    def __init__(
        self,
        label: str,
        names: Sequence[NameOption],
        *,
        new: str | None = None,
        preset: str | None = None,
        any_one: str | None = None,
        unfit: Callable[[str], str | None] | None = None,
    ) -> None:
        """Make the field.

        Args:
            label: What the name is for.
            names: The names there are.
            new: What a name that is not in the list would be: a new consumer. `None` where
                there must be one.
            preset: The name that is chosen at first; `None` for the first one.
            any_one: What the empty name at the head of the list means: everyone.
            unfit: Tells in one sentence why a name will not do.
        """
        super().__init__(label)
        self.names = names if any_one is None else [NameOption(""), *names]
        self.new = new
        self.preset = preset
        self.any_one = any_one
        self.unfit = unfit

    def shown(self, name: str) -> str:
        """A name as it stands in the list."""
        return self.any_one if self.any_one is not None and not name else printable(name)


class Checkbox(Field[bool]):
    """Yes or no; no where it is greyed."""

    def __init__(self, label: str, *, preset: bool = False, greyed: str | None = None) -> None:
        super().__init__(label, greyed=greyed)
        self.preset = preset and greyed is None


class TextField(Field[T_co]):
    """A line of text that is read as something."""

    def __init__(
        self, label: str, read: Callable[[str], T_co], *, preset: str = "", hint: str = ""
    ) -> None:
        """Make the field.

        Args:
            label: What is asked for.
            read: Makes the answer from the text, or raises a ValueError: one sentence.
            preset: The text at first.
            hint: What stands in the line while it is empty.
        """
        super().__init__(label)
        self.read = read
        self.preset = preset
        self.hint = hint


class MultilineField(TextField[T_co]):
    """Some lines of text that are read as something."""


class Choice(Field[str]):
    """One of a few ways, told beside each other."""

    def __init__(self, label: str, ways: Sequence[Option], *, preset: str | None = None) -> None:
        super().__init__(label)
        self.ways = ways
        self.preset = preset


class Answers:
    """What was answered, by field."""

    def __init__(self, given: Mapping[Field[object], object]) -> None:
        self._given = given

    def __getitem__(self, field: Field[T]) -> T:
        """The answer to a field."""
        return cast("T", self._given[field])


def duration(label: str, *, preset: str = "", hint: str = "") -> TextField[int | None]:
    """A field for milliseconds; empty for `None`."""
    return TextField(label, _milliseconds, preset=preset, hint=hint)


def number(label: str, *, preset: str = "", hint: str = "") -> TextField[float | None]:
    """A field for a number above 0; empty for `None`."""
    return TextField(label, _number, preset=preset, hint=hint)


def text(label: str, *, preset: str = "", hint: str = "") -> TextField[str]:
    """A field for any text, stripped."""
    return TextField(label, str.strip, preset=preset, hint=hint)


def new_name(label: str, taken: Collection[str]) -> TextField[str]:
    """A field for a name that nobody has."""

    def read(given: str) -> str:
        if not given.strip():
            raise ValueError("Type a name.")
        if given.strip() in taken:
            raise ValueError("There is one of that name already.")
        return given.strip()

    return TextField(label, read)


def _milliseconds(given: str) -> int | None:
    if not given.strip():
        return None
    try:
        return milliseconds(given)
    except ValueError:
        raise ValueError("Give a duration such as 500ms, 90s, 5m, 2h or 1d.") from None


def _number(given: str) -> float | None:
    if not given.strip():
        return None
    try:
        value = float(given)
    except ValueError:
        value = 0.0
    if not 0 < value < 1e9:
        raise ValueError("Give a number above 0.")
    return value
