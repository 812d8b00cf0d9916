"""The servers that the tests run on."""

from __future__ import annotations

import os

import pytest

from tests import servers


@pytest.mark.skipif(not os.environ.get("REQUIRE_SERVERS"), reason="asked for where CI runs")
def test_the_dev_extra_brought_every_server_it_promises() -> None:
    assert servers.missing_defaults() == []
