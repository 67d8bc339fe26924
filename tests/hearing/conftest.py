"""Ears in workers need real time; the fixtures are those of the workers."""

from tests.worker.conftest import anyio_backend, hire, quick

__all__ = ["anyio_backend", "hire", "quick"]
