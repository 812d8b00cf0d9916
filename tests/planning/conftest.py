"""Planning on the servers of the operations' tests."""

from tests.operations.conftest import scene

__all__ = ["scene"]
