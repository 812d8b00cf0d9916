from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamtop.gateway.address import Address, parse
from streamtop.gateway.connect import redacted


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("redis://localhost:6379/0", "redis://localhost:6379/0"),
        ("redis://:secret@cache:6379/0", "redis://cache:6379/0"),
        ("redis://ann:secret@cache/1", "redis://ann@cache/1"),
        ("redis://ann@cache", "redis://ann@cache"),
        ("rediss://ann:se:cr:et@[::1]:6380", "rediss://ann@[::1]:6380"),
        ("redis://ann:secret@with@cache", "redis://ann@cache"),
        ("redis://:sec/ret@cache/2", "redis://cache/2"),
        ("redis://cache/0?password=secret", "redis://cache/0"),
        ("redis://cache?username=ann&password=secret&db=3", "redis://cache?db=3"),
        ("redis://cache/0?password=sec@ret", "redis://…"),
        ("redis://:sec?ret@cache", "redis://…"),
        ("redis://:sec#ret@cache", "redis://…"),
        ("redis://ann:secret", "redis://…"),
        ("unix:///run/redis.sock?db=2&password=secret", "unix:///run/redis.sock?db=2"),
        ("unix:///run/a@b.sock", "unix:///run/a@b.sock"),
        ("unix://ann:secret@/run/redis.sock", "unix://ann@/run/redis.sock"),
        ("redis+sentinel://:secret@a:1,b:2/orders/0", "redis+sentinel://a:1,b:2/orders/0"),
        ("ann:secret@cache", "ann@cache"),
        ("redis://an\x1bn:secret@cache", "redis://an\\x1bn@cache"),
        ("localhost:6379", "localhost:6379"),
        ("", ""),
    ],
)
def test_a_redacted_url_has_no_password(url: str, shown: str) -> None:
    assert redacted(url) == shown


_TEXT = st.text(min_size=1, max_size=12)
_PLACES = st.sampled_from(
    ["redis://{}:{}@cache:6379/0", "redis://{}:{}@cache", "unix://{}:{}@/run/s", "{}:{}@cache"]
)


@given(place=_PLACES, user=st.sampled_from(["", "ann", "b%40b"]), one=_TEXT, other=_TEXT)
def test_what_is_shown_of_a_url_does_not_depend_on_a_quoted_password(
    place: str, user: str, one: str, other: str
) -> None:
    first = redacted(place.format(user, quote(one, safe="")))
    assert first == redacted(place.format(user, quote(other, safe="")))


@given(place=_PLACES, noise=st.text(alphabet=":/?#@%=& ab,[]", max_size=6))
def test_no_part_of_a_password_with_unquoted_signs_is_shown(place: str, noise: str) -> None:
    password = f"qzx{noise}qzx{noise[::-1]}qzx"
    assert "qzx" not in redacted(place.format("ann", password))
    assert "qzx" not in redacted(f"redis://cache/0?username=ann&password={password}")
    assert "qzx" not in redacted(f"redis://cache/0?password={password}&db=1")


@given(st.text())
def test_any_text_can_be_redacted(text: str) -> None:
    assert redacted(text).isprintable()


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("redis://", Address(hosts=(("localhost", 6379),))),
        ("valkey://cache:7000/3", Address(hosts=(("cache", 7000),), db=3)),
        ("valkeys://cache", Address(hosts=(("cache", 6379),), tls=True)),
        ("redis://cache?db=4", Address(hosts=(("cache", 6379),), db=4)),
        (
            "redis://a%40n:p%2Fw@cache",
            Address(hosts=(("cache", 6379),), username="a@n", password="p/w"),
        ),
        ("redis://cache?password=p", Address(hosts=(("cache", 6379),), password="p")),
        ("redis://[::1]:1/0?timeout=3", Address(hosts=(("::1", 1),))),
        ("unix:///run/s?db=1", Address(path="/run/s", db=1)),
        ("unix://:p@/run/s", Address(path="/run/s", password="p")),
        (
            "redis+sentinel://a,b:5/orders/2",
            Address(hosts=(("a", 26379), ("b", 5)), service="orders", db=2),
        ),
        (
            "rediss://h?ssl_cert_reqs=none",
            Address(hosts=(("h", 6379),), tls=True, options={"ssl_cert_reqs": "none"}),
        ),
    ],
)
def test_a_url_names_the_server_the_login_and_the_database(url: str, address: Address) -> None:
    assert parse(url) == address


@pytest.mark.parametrize(
    "url",
    [
        *("", "cache", "http://cache", "redis:cache", "redis://cache:port", "redis://cache:0"),
        *("redis://cache:99999", "redis://cache/orders", "redis://cache?db=x", "unix://"),
        *(
            "unix://run/s",
            "redis+sentinel://a",
            "redis+sentinel://a/",
            "redis://a b",
            "redis://a,b",
        ),
        *("redis://:qzx/y@cache", "redis://ann:qzx?@cache", "redis://ann:qzx", "redis://h:qzx#@x"),
        "rediss://h?ssl_qzx=1",
    ],
)
def test_an_invalid_url_is_explained_in_one_sentence_without_its_password(url: str) -> None:
    with pytest.raises(ValueError, match=r"^[^\n]+$") as told:
        parse(url)
    assert "qzx" not in str(told.value) or "ssl_qzx" in url


def test_an_address_never_shows_its_password() -> None:
    assert "qzx" not in repr(parse("rediss://ann:qzx@cache?ssl_password=qzx"))
