from conformance.conftest import engine, engines, world

__all__ = ["engine", "engines", "world"]
