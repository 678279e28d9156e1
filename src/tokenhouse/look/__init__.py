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

_MEDIA_TYPE: Final = "text/html; charset=utf-8"


class Pages:
    """The pages of one package, from its folder `templates`.

    `style` and `script` name files there, and become part of each page; what else a page might
    contain is not run. `forms`: a page may send a form back to where it came from.
    """

    def __init__(
        self, package: str, style: str, script: str | None = None, *, forms: bool = False
    ) -> None:
        self._loader = jinja2.ChoiceLoader(
            [jinja2.PackageLoader(package), jinja2.PackageLoader("tokenhouse.look")]
        )
        self._environment = jinja2.Environment(
            loader=self._loader,
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
        )
        self._style = self._file("look.css") + self._file(style)
        self._script = "" if script is None else self._file(script)
        self._headers = (
            ("content-security-policy", self._policy(forms=forms)),
            # Not no-referrer: that would make browsers send our own form with a null origin.
            ("referrer-policy", "same-origin"),
        )

    def __call__(self, template: str, status: int = 200, /, **said: object) -> Answer:
        """Render a page; every name that its template uses has to be said."""
        page = self._environment.get_template(template)
        text = page.render(style=self._style, script=self._script, **said)
        return Answer(status, text.encode(), _MEDIA_TYPE, self._headers)

    def _file(self, name: str) -> str:
        return self._loader.get_source(self._environment, name)[0]

    def _policy(self, *, forms: bool) -> str:
        allowed = ["default-src 'none'", f"style-src {_hash(self._style)}", "img-src data:"]
        if self._script:
            allowed.append(f"script-src {_hash(self._script)}")
        allowed.append("form-action 'self'" if forms else "form-action 'none'")
        return "; ".join((*allowed, "base-uri 'none'", "frame-ancestors 'none'"))


def _hash(text: str) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"'sha256-{digest}'"
