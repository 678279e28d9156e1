"""Loads whose requests differ from one to the next, so that no connection asks the same again."""

from collections.abc import Sequence
from typing import Final

from bench.load import quoted

_SCRIPT: Final = """
local values, requests, at = {%s}, {}, 0
init = function()
  for place, value in ipairs(values) do
    wrk.headers[ %s ] = value
    requests[place] = wrk.format()
  end
end
request = function()
  at = at %% #requests + 1
  return requests[at]
end
"""


def mixed(header: str, values: Sequence[str]) -> str:
    """A script for wrk that sends the request with each value of a header in turn."""
    return _SCRIPT % (",".join(map(quoted, values)), quoted(header))
