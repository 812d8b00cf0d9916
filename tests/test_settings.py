from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamtop.gateway import address
from streamtop.model.verdict import Thresholds
from streamtop.settings import Settings, SettingsError, load_settings, milliseconds

CALM = settings(deadline=None)
NO_FILE = {"STREAMTOP_CONFIG": "/dev/null"}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


def error_of(file: Path, text: str) -> str:
    """The error of a file, without its path."""
    file.write_text(text)
    with pytest.raises(SettingsError) as error:
        load_settings({"config": str(file)}, {})
    message = str(error.value)
    assert message.startswith(f"{file}:")
    assert "\n" not in message
    return message.removeprefix(f"{file}:")


def test_without_any_choice_there_are_the_defaults() -> None:
    assert load_settings({}, NO_FILE) == Settings()
    assert load_settings({"match": (), "interval": None, "read_only": None}, NO_FILE) == Settings()


FLAGS = {
    "url": "redis://flag",
    "match": ("flag:*",),
    "interval": 3.0,
    "read_only": False,
    "theme": "flag",
    "limit": ("stuck=3",),
}
ENVIRONMENT = {
    "STREAMTOP_URL": "redis://environment",
    "STREAMTOP_MATCH": "environment:*,other",
    "STREAMTOP_INTERVAL": "2.5",
    "STREAMTOP_READ_ONLY": "yes",
    "STREAMTOP_THEME": "environment",
    "STREAMTOP_LIMITS": "stuck=2m,poison_deliveries=2",
}
FILE = """
url = "redis://file"
match = ["file:*"]
interval = "1500ms"
read_only = true
theme = "file"
[limits]
stuck = "1m"
gone_ms = 1000
window = 90
poison_deliveries = 1
"""


def test_flags_come_before_the_environment_before_the_file(file: Path) -> None:
    file.write_text(FILE)
    chosen = load_settings({**FLAGS, "config": str(file)}, ENVIRONMENT)
    assert chosen == Settings(
        "redis://flag",
        ("flag:*",),
        3.0,
        False,
        "flag",
        limits=Thresholds(stuck_ms=3_000, gone_ms=1_000, window_ms=90_000, poison_deliveries=2),
    )
    assert chosen.origins["url"] == "URL"
    assert chosen.origins["limits.gone_ms"] == f"{file}:9: limits.gone_ms"


def test_the_environment_comes_before_the_file(file: Path) -> None:
    file.write_text(FILE)
    chosen = load_settings({}, {**ENVIRONMENT, "STREAMTOP_CONFIG": str(file)})
    assert chosen.url == "redis://environment"
    assert chosen.match == ("environment:*", "other")
    assert (chosen.interval, chosen.read_only, chosen.theme) == (2.5, True, "environment")
    assert (chosen.limits.stuck_ms, chosen.limits.poison_deliveries) == (120_000, 2)
    assert chosen.origins["url"] == "$STREAMTOP_URL"


def test_the_file_comes_before_the_defaults(file: Path) -> None:
    file.write_text(FILE)
    chosen = load_settings(
        {"config": str(file)}, {"STREAMTOP_URL": "", "STREAMTOP_CONFIG": "/nowhere"}
    )
    assert (chosen.url, chosen.match, chosen.interval) == ("redis://file", ("file:*",), 1.5)
    assert (chosen.read_only, chosen.theme, chosen.limits.stuck_ms) == (True, "file", 60_000)
    assert load_settings({"config": str(file)}, {"REDIS_URL": "redis://b"}).url == "redis://b"


def test_the_usual_file_is_read_where_the_platform_has_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setattr("platformdirs.user_config_path", lambda name, **_: tmp_path / name)
    assert load_settings({}, {}) == Settings()
    (tmp_path / "streamtop").mkdir()
    (tmp_path / "streamtop" / "config.toml").write_text('theme = "nord"\n')
    assert load_settings({}, {}).theme == "nord"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("url = 5", "1: url: expected text"),
        ("\n\nintervall = 2", "3: intervall: no such key; there are url, match, interval,"),
        ("interval = 'fast'", "1: interval: expected a duration such as 500ms"),
        ("interval = '2'", "1: interval: expected a number, or a duration"),
        ("interval = 0", "1: interval: expected 0.1 to 3600 seconds, not 0"),
        ("interval = nan", "1: interval: expected a number"),
        ("interval = true", "1: interval: expected a number"),
        (
            "# one\nread_only = 'yes'",
            "2: read_only: expected true or false, or a list of patterns, not 'yes'",
        ),
        (
            "# one\nread_only = '*prod*'",
            "2: read_only: expected true or false, or a list of patterns, not",
        ),
        ("\nread_only = [\n'a', '']", "2: read_only: expected a pattern of server URLs, not ''"),
        ("read_only = [5]", "1: read_only: expected a pattern of server URLs, not 5"),
        ("match = [\n  'a',\n  5,\n]", "1: match: expected text, not 5"),
        ("theme = ''", "1: theme: expected text, not ''"),
        ("limits = 5", "1: limits: expected a table, not 5"),
        ("[limits]\nstuck = 1\nstack = 2", "3: limits.stack: no such limit: 'stack'; there are"),
        (
            "[limits]\n\npoison_deliveries = 0",
            "3: limits.poison_deliveries: expected a whole number from",
        ),
        ("[limits]\n'gone' = -1", "2: limits.gone: expected a duration from 0"),
        ("limits.stuck = []", "1: limits.stuck: expected a number"),
        ("theme = 'a'\nlimits = { stuck = 'x' }", "2: limits.stuck: expected a duration"),
        ("[servers]\n", "1: servers: no such key"),
        ("[servers.a]\nread_only = 1", "1: servers.a: no such key"),
        ("url = 'a'\nurl = 'b'\n", "2: Cannot overwrite a value"),
        ("theme = 'nord\n", "1: "),
        ("theme = 'nord'\n[limits\n", "2: "),
        ("theme = 'a\x1b'", "1: "),
    ],
)
def test_errors_name_the_file_the_line_and_the_key(file: Path, text: str, expected: str) -> None:
    assert error_of(file, text).startswith(expected)


def test_a_url_that_is_none_is_not_shown(file: Path) -> None:
    assert "qzx" not in error_of(file, "url = ['redis://:qzx@host']")


def test_a_file_that_is_not_text_or_not_there_is_expected(file: Path) -> None:
    for path, expected in ((file, "No such file or directory"), (file.parent, "Is a directory")):
        with pytest.raises(SettingsError) as error:
            load_settings({"config": str(path)}, {})
        assert str(error.value) == f"{path}: {expected}"
    file.write_bytes(b"theme = 'a'\nurl = '\xff'\n")
    with pytest.raises(SettingsError, match=r"config\.toml:2: not UTF-8"):
        load_settings({}, {"STREAMTOP_CONFIG": str(file)})


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("STREAMTOP_INTERVAL", "soon", "$STREAMTOP_INTERVAL: expected a duration"),
        (
            "STREAMTOP_READ_ONLY",
            "perhaps",
            "$STREAMTOP_READ_ONLY: expected true or false, not 'perhaps'",
        ),
        ("STREAMTOP_LIMITS", "stuck", "$STREAMTOP_LIMITS: no such limit: 'stuck'"),
        ("STREAMTOP_LIMITS", "gone=soon", "$STREAMTOP_LIMITS gone: expected a duration"),
    ],
)
def test_errors_name_the_variable(name: str, text: str, expected: str) -> None:
    with pytest.raises(SettingsError) as error:
        load_settings({}, {**NO_FILE, name: text})
    assert str(error.value).startswith(expected)


def test_a_wrong_choice_is_told_even_where_another_comes_first(file: Path) -> None:
    file.write_text("interval = 'fast'")
    with pytest.raises(SettingsError, match=r"config\.toml:1: interval"):
        load_settings({"interval": 2.0, "config": str(file)}, {})


UNITS = {"ms": 1, "s": 1_000, "": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}


@CALM
@given(st.integers(0, 10**9), st.sampled_from(sorted(UNITS)), st.sampled_from(["", " "]))
def test_a_duration_is_its_number_times_its_unit(number: int, unit: str, space: str) -> None:
    assert milliseconds(f"{number}{space}{unit}") == number * UNITS[unit]


@CALM
@given(st.text())
def test_any_other_text_is_no_duration_and_told_in_one_line(text: str) -> None:
    message = ""
    try:
        milliseconds(text)
    except ValueError as error:
        message = str(error)
    assert message.isprintable()


@pytest.mark.parametrize(
    "text", ["", "m", "-1s", "1y", "1e3", "٣s", "9" * 400, "nan", "1,5", "1h5m"]
)
def test_these_are_no_durations(text: str) -> None:
    with pytest.raises(ValueError, match="a duration such as"):
        milliseconds(text)


PROD = """
theme = "nord"
read_only = ["*PROD*", "rediss://*", "cache-?"]
"""


@pytest.mark.parametrize(
    ("url", "pattern"),
    [
        ("redis://prod-1:6379/0", "*PROD*"),
        ("redis://ann:secret@Eu.Prod:6379/0", "*PROD*"),
        ("rediss://anywhere/0", "rediss://*"),
        ("redis://ann:secret@cache-7:6379/1", "cache-?"),
        ("redis+sentinel://a,cache-2:5000/orders", "cache-?"),
        ("unix:///run/production/redis.sock", "*PROD*"),
        ("redis://prod@cache/0", "*PROD*"),
        ("redis://:prod@cache/0", None),
        ("redis://cache-77:6379", None),
        ("redis://localhost:6379/0", None),
    ],
)
def test_servers_whose_url_or_host_matches_a_pattern_are_read_only(
    file: Path, url: str, pattern: str | None
) -> None:
    file.write_text(PROD)
    chosen = load_settings({"config": str(file), "url": url}, {}, known_as=address.known_as)
    because = f"{file}:3: read_only matches {pattern}" if pattern else None
    assert (chosen.read_only, chosen.read_only_because) == (pattern is not None, because)


@pytest.mark.parametrize(
    ("flags", "environment", "because"),
    [
        ({}, {}, "{file}:3: read_only matches *PROD*"),
        ({"read_only": True}, {}, "--read-only"),
        ({"read_only": False}, {}, None),
        ({"read_only": False}, {"STREAMTOP_READ_ONLY": "1"}, None),
        ({}, {"STREAMTOP_READ_ONLY": "1"}, "$STREAMTOP_READ_ONLY"),
        ({}, {"STREAMTOP_READ_ONLY": "no"}, None),
    ],
)
def test_what_the_file_says_of_a_server_can_be_overruled(
    file: Path, flags: dict[str, object], environment: dict[str, str], because: str | None
) -> None:
    file.write_text(PROD)
    all_flags = {"config": str(file), "url": "redis://prod", **flags}
    chosen = load_settings(all_flags, environment, known_as=address.known_as)
    assert chosen.read_only == (because is not None)
    assert chosen.read_only_because == (because and because.format(file=file))


def test_no_pattern_matches_no_server(file: Path) -> None:
    file.write_text("read_only = []")
    assert not load_settings({"config": str(file), "url": "redis://a"}, {}).read_only


@pytest.mark.parametrize("text", ["['*prod*']", "*prod*"])
def test_only_a_file_tells_servers_apart(text: str) -> None:
    with pytest.raises(SettingsError, match=r"^\$STREAMTOP_READ_ONLY: expected true or false, not"):
        load_settings({}, {**NO_FILE, "STREAMTOP_READ_ONLY": text})


@pytest.mark.parametrize(
    ("text", "chosen"),
    [
        ('"/var/log/streamtop.jsonl"', Path("/var/log/streamtop.jsonl")),
        ('"~/done.jsonl"', Path("~/done.jsonl").expanduser()),
        ("false", "off"),
        ('"off"', "off"),
        ("true", "default"),
    ],
)
def test_the_journal_is_a_file_or_none(file: Path, text: str, chosen: Path | str) -> None:
    file.write_text(f"journal = {text}")
    assert load_settings({"config": str(file)}, {}).journal == chosen
    variable = text.strip('"')
    assert load_settings({}, {**NO_FILE, "STREAMTOP_JOURNAL": variable}).journal == chosen
    overruled = load_settings({"config": str(file)}, {"STREAMTOP_JOURNAL": "/else"})
    assert overruled.journal == Path("/else")


@pytest.mark.parametrize("text", ["3", "[]", '""', '"a\\u0000b"', '"~nobody-of-that-name/x"'])
def test_a_journal_that_cannot_be_is_told(file: Path, text: str) -> None:
    assert error_of(file, f"journal = {text}").startswith("1: journal: expected a file")
