"""What the promises over all routes ask for."""

from housing import ask, at

__all__ = ["ask", "at"]
