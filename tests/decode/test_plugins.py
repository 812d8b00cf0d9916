"""Decoders of other packages: the example of README.md, and faulty ones."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import ZipFile

import pytest

from tests.headless.command_line import COMMAND, surroundings
from tests.kit.screen import acted_upon
from tests.kit.waiting import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from redis.asyncio import Redis

    from tests.servers import Running

README = Path(__file__).parents[2] / "README.md"
ACME = "order|7|paid"


def example() -> dict[str, str]:
    """The files of the example, by the names in their first lines."""
    section = README.read_text().partition("### Your own decoder\n")[2].partition("\n## ")[0]
    blocks = re.findall(r"```\w+\n# (\S+)\n(.*?)```", section, re.DOTALL)
    assert sum(text.count("\n") for _, text in blocks) <= 40
    return dict(blocks)


def wheel(folder: Path, project: Mapping[str, Any], modules: Mapping[str, str]) -> Path:
    """A wheel as a build backend would make it; no backend is needed."""
    name, version = project["name"].replace("-", "_"), project["version"]
    info = f"{name}-{version}.dist-info"
    points = "".join(
        f"[{group}]\n" + "".join(f"{point} = {where}\n" for point, where in those.items())
        for group, those in project["entry-points"].items()
    )
    files = {
        **modules,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": points,
    }
    record = "".join(f"{path},{_digest(text)},{len(text)}\n" for path, text in files.items())
    made = folder / f"{name}-{version}-py3-none-any.whl"
    with ZipFile(made, "w") as archive:
        for path, text in {**files, f"{info}/RECORD": f"{record}{info}/RECORD,,\n"}.items():
            archive.writestr(path, text)
    return made


def _digest(text: str) -> str:
    digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest())
    return f"sha256={digest.decode().rstrip('=')}"


def installed(folder: Path, made: Path) -> Path:
    """The directory into which pip installed it."""
    target = folder / "site"
    command = [sys.executable, "-m", "pip", "install", "--no-index", "--no-deps", "--quiet"]
    done = subprocess.run(
        [*command, "--disable-pip-version-check", "--target", str(target), str(made)],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert done.returncode == 0, done.stderr
    return target


async def listed(server: Running, site: Path) -> list[dict[str, Any]]:
    """The output of `streamtop entries --json` with the packages of a directory."""
    variables = surroundings()
    variables["PYTHONPATH"] = f"{site}:{variables['PYTHONPATH']}"
    done = await asyncio.to_thread(
        subprocess.run,
        [*COMMAND, "entries", server.url, "s", "--json"],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
        env=variables | {"STREAMTOP_CONFIG": "/dev/null"},
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert not acted_upon(done.stdout, but="\n")
    return [json.loads(line) for line in done.stdout.splitlines()]


async def test_the_example_of_the_readme_is_installed_and_asked(
    a_server: Running, redis: Redis, tmp_path: Path
) -> None:
    files = example()
    project = tomllib.loads(files.pop("pyproject.toml"))["project"]
    site = installed(tmp_path, wheel(tmp_path, project, files))
    await redis.xadd("s", {"acme": ACME})
    await redis.xadd("s", {"acme": "what its decoder does not expect"})
    await redis.xadd("s", {"message": ACME})
    found, unexpected, another = await listed(a_server, site)
    assert found["framework"] == "acme"
    assert found["summary"] == "order 7 is paid"
    assert found["decoded"]["facts"] == {"kind": "order", "number": "7", "state": "paid"}
    assert found["decoded"]["bodies"] == {"acme": ACME}
    assert [each["framework"] for each in (unexpected, another)] == [None, None]
    assert (await listed(a_server, tmp_path))[0]["framework"] is None


BAD = {
    "raises": "def read(entry): raise ZeroDivisionError",
    "leaves": "import sys\ndef read(entry): sys.exit(7)",
    "recurses": "def read(entry): return read(entry)",
    "text": "def read(entry): return 'acme'",
    "number": "def read(entry): return 7",
    "no-texts": "from streamtop.decode import Decoded\ndef read(entry): return Decoded(7, b'x')",
    "no-pairs": "from streamtop.decode import Decoded\n"
    "def read(entry): return Decoded('acme', 'x', facts=(1, 2))",
    "no-bodies": "from streamtop.decode import Body, Decoded\n"
    "def read(entry): return Decoded('acme', 'x', bodies=(('a', Body('text')),))",
    "no-function": "read = 7",
    "no-name": "other = 7",
    "import-fails": "import a_package_that_is_not_there",
    "import-raises": "raise RuntimeError",
    "import-leaves": "raise SystemExit(3)",
    "no-python": "def read(",
}


async def test_a_bad_decoder_keeps_nobody_from_the_entries(
    a_server: Running, redis: Redis, tmp_path: Path
) -> None:
    await redis.xadd("s", {"acme": ACME})
    modules = {f"bad_{name.replace('-', '_')}.py": text for name, text in BAD.items()}
    points = {module[:-3]: f"{module[:-3]}:read" for module in modules}
    points["bad_missing"] = "bad_missing:read"
    project = {"name": "bad", "version": "1", "entry-points": {"streamtop.decoders": points}}
    with ZipFile(wheel(tmp_path, project, modules)) as archive:
        archive.extractall(tmp_path / "site")
    [found] = await listed(a_server, tmp_path / "site")
    assert (found["framework"], found["summary"]) == (None, ACME)


async def test_what_a_decoder_gives_is_made_safe_to_show(
    a_server: Running, redis: Redis, tmp_path: Path
) -> None:
    await redis.xadd("s", {"acme": ACME})
    text = (
        "from streamtop.decode import Body, Decoded\n"
        "def read(entry):\n"
        "    bad = '\\x1b[2J\\ud800\\u202e' + 'x' * 5_000\n"
        "    return Decoded(bad, bad, ((bad, bad),), ((bad, bad),), ((bad, Body(b'1')),))\n"
    )
    points = {"streamtop.decoders": {"bold": "bold:read"}}
    project = {"name": "bold", "version": "1", "entry-points": points}
    with ZipFile(wheel(tmp_path, project, {"bold.py": text})) as archive:
        archive.extractall(tmp_path / "site")
    [found] = await listed(a_server, tmp_path / "site")
    assert len(found["summary"]) < 1_000
    assert "\\x1b" in found["framework"]


@pytest.mark.parametrize("name", ["pyproject.toml", "streamtop_acme.py"])
def test_the_example_is_complete(name: str) -> None:
    assert name in example()
