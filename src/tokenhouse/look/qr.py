"""QR codes as SVG, such as the one that an authenticator app reads."""

from html import escape
from typing import Final

import segno

from tokenhouse.core.credential import Secret

_QUIET: Final = 4
"""Modules left empty around it (ISO/IEC 18004); without them it is not found on a dark page."""


def qr_code(text: Secret, label: str) -> str:
    """Draw it; `label` says what it is for, and must not give away what it holds.

    It names its colours itself: cameras need dark on light, whatever a page's colours are.
    """
    rows = segno.make_qr(text.reveal(), error="m").matrix
    size = len(rows) + 2 * _QUIET
    dark = "".join(
        f"M{x + _QUIET} {y + _QUIET}h1v1h-1z"
        for y, row in enumerate(rows)
        for x, module in enumerate(row)
        if module
    )
    return (
        f'<svg class="qr" viewBox="0 0 {size} {size}" role="img" aria-label="{escape(label)}" '
        f'shape-rendering="crispEdges"><path fill="#fff" d="M0 0h{size}v{size}H0z"/>'
        f'<path fill="#000" d="{dark}"/></svg>'
    )
