"""What the promises over all routes ask for."""

from housing import ask, at, new_house

__all__ = ["ask", "at", "new_house"]
