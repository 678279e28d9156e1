"""Tokenhouse: a self-hosted access token authority.

Owns the public surface of the library. Does not own what runs it: the server, the store and the
command line are loaded by whoever needs them, never from here, so that importing stays cheap.
"""

__version__ = "0.1.0"
