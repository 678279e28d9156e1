from conformance.conftest import engine, world

__all__ = ["engine", "world"]
