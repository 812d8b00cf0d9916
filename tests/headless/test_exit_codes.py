"""What every command does with wrong arguments, an absent server and an absent stream."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import pytest

from tests.headless.arrangement import hold
from tests.headless.command_line import CommandResult, in_a_process, run

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from tests.servers import Running

ABSENT = "redis://127.0.0.1:1"
"""Asking it would be exit code 3."""


def is_one_line(result: CommandResult) -> bool:
    """Whether there is one line on stderr and nothing else."""
    return (result.out, result.err.count("\n")) == ("", 1) and result.err.startswith("streamtop: ")


@pytest.mark.parametrize(
    ("command", "word"),
    [
        ("pending", "URL"),
        ("pending URL s", "GROUP"),
        ("pending URL '' g", "a name, not an empty one"),
        ("pending http://:qzx@a s g", "redis://"),
        ("pending URL s g --idle-over soon", "a duration"),
        ("pending rediss://a?ssl_cert_reqs=maybe s g", ""),
        ("entries", "URL"),
        ("entries URL", "STREAM"),
        ("entries URL ''", "a name, not an empty one"),
        ("entries http://:qzx@a s", "redis://"),
        ("entries URL s --count 0", "--count"),
        ("entries URL s --json --csv", "exclude one another"),
        ("entries URL s --follow --reverse", "--follow"),
        ("entries URL s --follow --to 5", "--follow"),
        ("entries URL s --find '/(/'", "--find: invalid regular expression"),
        ("entries URL s --find '$.['", "--find: invalid JSON path"),
        ("entries URL s --from soon", "Give an entry ID"),
        ("entries URL s --to 25:00", "24 hours"),
        ("entries URL s --from -99999999d", "before 1970"),
        (f"entries URL s --from {2**64}", "2^64"),
        ("ack URL s g --yes", "which entries?"),
        ("ack URL s g 1-1 --all --yes", "IDs or a selection"),
        ("ack URL s g --all --idle-over 5m --yes", "--all is all"),
        ("ack URL s g one --yes", "not an entry ID: 'one'"),
        ("ack URL s g --idle-over 5x --yes", "a duration such as"),
        ("ack URL s g --deliveries-over -1 --yes", "--deliveries-over"),
        ("ack URL s g --all --redis-cli --json", "--redis-cli prints commands"),
        ("ack URL s g --all --redis-cli --dry-run", "--redis-cli prints commands"),
        ("ack URL s g --all --nope --yes", "--nope"),
        ("claim URL s g --all --yes", "--to"),
        ("claim URL s g --all --to '' --yes", "a name"),
        ("claim URL s g --all --to w --min-idle x --yes", "a duration"),
        ("release URL s g --all --mode loud", "--mode"),
        ("handover URL s g --from a --yes", "--to"),
        ("handover URL s g --to a --yes", "--from"),
        ("handover URL s g --from a --to a --yes", "the same consumer"),
        ("handover URL s g --from '' --to a --yes", "a name"),
        ("replay URL s 1-1 --yes", "--to"),
        ("replay URL s --all --to t --yes", "--group says of which group"),
        ("replay URL s --to t --group g --yes", "which entries?"),
        ("replay URL s 1-1 --to t --group g --ack h --yes", "--ack"),
        ("replay URL s 1-1 --to t --rate 0 --yes", "--rate"),
        ("replay URL s 1-1 --to '' --yes", "a name"),
        ("journal --since soon", "--since"),
        ("journal --count 0", "--count"),
        ("journal no-such-id", "no-such-id"),
        ("undo no-such-id --yes", "no-such-id"),
        ("undo", "OPERATION_ID"),
    ],
)
async def test_wrong_usage_is_one_line_and_exit_code_2_and_no_server_is_asked(
    command: str, word: str
) -> None:
    result = await run(*shlex.split(command.replace("URL", ABSENT)))
    assert (result.code, is_one_line(result)) == (2, True)
    assert word in result.err
    assert "qzx" not in result.err


@pytest.mark.parametrize(
    ("command", "error"),
    [
        ("snapshot URL", "cannot reach redis://ann@127.0.0.1:1/0: connection refused"),
        ("pending URL s g", "cannot reach redis://ann@127.0.0.1:1/0: connection refused"),
        ("entries URL s", "cannot reach redis://ann@127.0.0.1:1/0: connection refused"),
        ("ack unix:///nowhere s g --all --yes", "cannot reach unix:///nowhere: no such socket"),
    ],
)
def test_a_server_that_cannot_be_reached_is_one_line_and_exit_code_3(
    command: str, error: str
) -> None:
    ended = in_a_process(*shlex.split(command.replace("URL", "redis://ann:qzx@127.0.0.1:1/0")))
    result = CommandResult(ended.returncode, ended.stdout, ended.stderr)
    assert (result.code, is_one_line(result)) == (3, True)
    assert result.err.startswith(f"streamtop: {error}")


@pytest.mark.parametrize(
    ("command", "error"),
    [
        ("pending URL nowhere billing", "NOGROUP"),
        ("pending URL orders nobody", "NOGROUP"),
        ("pending URL text billing", "WRONGTYPE"),
        *(
            (f"ack URL {names} {entries} --yes", error)
            for entries in ("--all", "1-1")
            for names, error in (
                ("nowhere billing", "NOGROUP"),
                ("orders nobody", "NOGROUP"),
                ("text billing", "WRONGTYPE"),
            )
        ),
        ("claim URL orders nobody --all --to w --yes", "NOGROUP"),
        ("replay URL nowhere 1-1 --to t --yes", "there is no stream nowhere\n"),
        ("redrive URL nowhere --yes", ""),
        ("redrive URL text --yes", ""),
    ],
)
async def test_what_does_not_exist_is_one_line_and_exit_code_1(
    redis: Redis, a_server: Running, command: str, error: str
) -> None:
    await hold(redis, 1)
    await redis.set("text", "text")
    result = await run(*shlex.split(command.replace("URL", a_server.url)))
    assert (result.code, is_one_line(result)) == (1, True)
    assert result.err.startswith(f"streamtop: {error}")
