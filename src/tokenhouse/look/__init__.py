"""How our pages look, and what a browser may do with them.

Owns the frame and the style that all pages share, the reading of templates, and the headers that
let a page load nothing, from us or from anyone. Does not own what a page says: that is the
`console` among the faces, and the `demo`.
"""

import base64
import hashlib
from typing import Final

import jinja2

from tokenhouse.boundary import Answer
from tokenhouse.look.assets import Assets

__all__ = ["Assets", "Pages"]

_MEDIA_TYPE: Final = "text/html; charset=utf-8"


class Pages:
    """The pages of one package, from its folder `templates`.

    `style` names a file there that becomes part of each page, and `assets` are files that it loads
    instead; what else a page might contain is not run. With `assets` a page may ask us for more,
    and send forms back to where it came from.
    """

    def __init__(
        self, package: str, style: str | None = None, assets: Assets | None = None
    ) -> None:
        self._loader = jinja2.ChoiceLoader(
            [jinja2.PackageLoader(package), jinja2.PackageLoader("tokenhouse.look")]
        )
        self._environment = jinja2.Environment(
            loader=self._loader,
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        inline = "" if style is None else self._file("look.css") + self._file(style)
        self._environment.globals |= {
            "style": inline,
            "styles": () if assets is None else assets.urls(".css"),
            "scripts": () if assets is None else assets.urls(".js"),
            "asset": None if assets is None else assets.url,
        }
        self._headers = (
            ("content-security-policy", _policy(inline, assets)),
            # Not no-referrer: that would make browsers send our own form with a null origin.
            ("referrer-policy", "same-origin"),
        )

    def __call__(self, template: str, status: int = 200, /, **said: object) -> Answer:
        """Render a page; every name that its template uses has to be said."""
        text = self._environment.get_template(template).render(**said)
        return Answer(status, text.encode(), _MEDIA_TYPE, self._headers)

    def _file(self, name: str) -> str:
        return self._loader.get_source(self._environment, name)[0]


def _policy(style: str, assets: Assets | None) -> str:
    allowed = ["default-src 'none'"]
    if assets is None:
        allowed += [f"style-src {_hash(style)}", "img-src data:", "form-action 'none'"]
    else:
        allowed += ["script-src 'self'", "style-src 'self'", "img-src 'self' data:"]
        allowed += ["connect-src 'self'", "form-action 'self'"]
    return "; ".join((*allowed, "base-uri 'none'", "frame-ancestors 'none'"))


def _hash(text: str) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"'sha256-{digest}'"
