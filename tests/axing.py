"""What axe-core finds wrong with a page, as somebody would find it who cannot see or point."""

from typing import Any, Final

from playwright.sync_api import Page

from docs.documents import ROOT

_SOURCE: Final = ROOT / "tests" / "clients" / "node_modules" / "axe-core" / "axe.min.js"
"""`make clients` puts it there."""
_RULES: Final = (
    *("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"),
    "best-practice",
)
_RUN: Final = """async rules => {
  const found = await axe.run(document, {
    runOnly: {type: "tag", values: rules},
    preload: false,  // it would fetch style sheets, which a page that connects to nothing refuses
    resultTypes: ["violations"],
  });
  const why = node => node.any.concat(node.all, node.none).map(one => one.message);
  return found.violations.flatMap(({id, help, nodes}) =>
    nodes.map(node => [id, help, node.target.join(" "), why(node)]));
}"""


def violations(page: Page) -> list[str]:
    """What breaks WCAG 2.2 A and AA, or is bad practice, on a page as it is now.

    No policy of the page has to be weakened for it: what the debugger evaluates is not subject to
    the page's CSP, and neither a script nor a style element is added.
    """
    if not page.evaluate("'axe' in window"):
        page.evaluate(_SOURCE.read_text("utf-8") + "; undefined")
    found: list[Any] = page.evaluate(_RUN, list(_RULES))
    return [f"{rule}: {help_} At {where}: {'; '.join(why)}" for rule, help_, where, why in found]
