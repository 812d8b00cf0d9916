from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from streamtop.model.text import from_name, printable, printable_bytes, to_name
from streamtop.ui.text import fitted
from tests.kit.screen import acted_upon

_any_text = st.text(st.characters(exclude_categories=[]), max_size=40)


@given(st.binary(max_size=60))
@example(b"caf\xe9")
@example(b"\xed\xa0\x80")
@example(b"\xf4\x90\x80\x80")
def test_a_name_of_any_bytes_comes_back_as_the_same_bytes(raw: bytes) -> None:
    assert from_name(to_name(raw)) == raw


@given(st.binary(max_size=30), st.binary(max_size=30))
def test_different_names_look_different(one: bytes, other: bytes) -> None:
    assert (to_name(one) == to_name(other)) == (one == other)


@given(_any_text)
@example("\x1b[31m")
@example("\x9b31m")
@example("a\u202eb\u2066c\u200d\ufeff")
@example("\x7f\x00\r\n\t\u2028\u2029\x85")
@example("\udc9b\ud800")
@example("\ue000\U000e0041\U0010ffff\u0378")
def test_nothing_printable_is_acted_upon_by_a_terminal(text: str) -> None:
    shown = printable(text)
    assert not acted_upon(shown)
    shown.encode()


@given(st.binary(max_size=60))
def test_bytes_are_shown_without_anything_a_terminal_acts_upon(raw: bytes) -> None:
    assert not acted_upon(printable_bytes(raw))


@given(st.text(st.characters(categories=["L", "M", "N", "P", "S", "Zs"]), max_size=40))
@example("注文 é ✓ 😀")
def test_what_is_plainly_visible_stays_as_it_is(text: str) -> None:
    assert printable(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31m", "\\x1b[31m"),
        ("a\nb", "a\\nb"),
        ("a\tb", "a\\tb"),
        ("\u202eabc", "\\u202eabc"),
        ("\udcff", "\\xff"),
        ("\U000e0041", "\\U000e0041"),
    ],
)
def test_what_is_hidden_is_shown_by_its_number(text: str, shown: str) -> None:
    assert printable(text) == shown


@given(_any_text, st.integers(0, 30), st.booleans())
@example("注文注文", 5, False)
@example("\x1b" * 50, 7, False)
def test_a_fitted_text_has_exactly_so_many_cells(text: str, width: int, right: bool) -> None:
    from rich.cells import cell_len

    shown = fitted(text, width, right=right)
    assert cell_len(shown) == width
    assert not acted_upon(shown)


def test_a_text_that_is_cut_ends_in_an_ellipsis() -> None:
    assert fitted("a" * 1000, 8) == "a" * 7 + "…"
    assert fitted("注文注文", 5).rstrip().endswith("…")
    assert fitted("a" * 8, 8) == "a" * 8


def test_the_hidden_categories_are_those_of_unicode() -> None:
    hidden = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    sample = [chr(code) for code in (*range(0x3000), 0xD800, 0xE000, 0xFEFF, 0xE0001)]
    for character in sample:
        changed = printable(character) != character
        assert changed == (unicodedata.category(character) in hidden), hex(ord(character))
