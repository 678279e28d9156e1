"""What happens meanwhile: a deed of somebody else, at an exact step of an operation."""

from collections.abc import Callable
from typing import Any

import pytest


def before(
    monkeypatch: pytest.MonkeyPatch, store: Any, method: str, deed: Callable[[], None]
) -> None:
    """Do the deed once, right before the store's method is next called."""
    real = getattr(store, method)

    def step(*arguments: Any) -> Any:
        monkeypatch.setattr(store, method, real)
        deed()
        return real(*arguments)

    monkeypatch.setattr(store, method, step)


def after(
    monkeypatch: pytest.MonkeyPatch, store: Any, method: str, deed: Callable[[], None]
) -> None:
    """Do the deed once, right after the store's method was next called."""
    real = getattr(store, method)

    def step(*arguments: Any) -> Any:
        monkeypatch.setattr(store, method, real)
        given = real(*arguments)
        deed()
        return given

    monkeypatch.setattr(store, method, step)
