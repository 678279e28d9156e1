"""How well one colour is seen on another, as WCAG counts it."""

import re

PAPERS = {"light": "rgb(251, 250, 247)", "dark": "rgb(20, 24, 29)"}
"""What our pages are drawn on."""


def contrast(one: str, other: str) -> float:
    """Of two colours as browsers tell them."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(part) / 255 for part in re.findall(r"\d+", colour)]
    red, green, blue = (x / 12.92 if x <= 0.03928 else ((x + 0.055) / 1.055) ** 2.4 for x in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
