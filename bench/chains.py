"""Loads that go on from what they were answered."""

from collections.abc import Sequence
from typing import Final

from bench.load import quoted

_SCRIPT: Final = """
local tokens, first, last = {%s}, 1, %d
local before, after = %s, %s
request = function()
  local token = tokens[first] or ""
  tokens[first] = nil
  first = first + 1
  return wrk.format(nil, nil, nil, before .. token .. after)
end
response = function(status, headers, body)
  local token = string.match(body, '"%s":"([^"]+)"')
  if token then
    last = last + 1
    tokens[last] = token
  end
end
"""

_TURNS: Final = """
local made, first, last = {}, 1, 0
request = function()
  if first > last then
    return wrk.format()
  end
  local id = made[first]
  made[first] = nil
  first = first + 1
  return wrk.format("DELETE", %s .. id, nil, "")
end
response = function(status, headers, body)
  local id = string.match(body, '"id":(%%d+)')
  if id then
    last = last + 1
    made[last] = id
  end
end
"""


def each_once(tokens: Sequence[str], before: str, after: str, name: str) -> str:
    """A script for wrk in which every token is presented once, and what it gave is presented next.

    Bodies have a token between `before` and `after`.

    `name` is the field of an answer that has the next token. There have to be more tokens than
    connections, so that none is ever missing.
    """
    listed = ",".join(map(quoted, tokens))
    return _SCRIPT % (listed, len(tokens), quoted(before), quoted(after), name)


def in_turns(path: str) -> str:
    """A script for wrk that removes by its id whatever the request makes: one, then the other."""
    return _TURNS % quoted(path)
