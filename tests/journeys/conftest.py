"""Clients whose replies are the server's own: lists of bytes, nothing lost on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from redis.asyncio import Redis


@pytest.fixture
def redis(redis: Redis) -> Redis:
    """A raw client of an empty Valkey."""
    redis.response_callbacks.clear()
    return redis


@pytest.fixture
def any_redis(any_redis: Redis) -> Redis:
    """A raw client of each server at hand in turn, emptied."""
    any_redis.response_callbacks.clear()
    return any_redis
