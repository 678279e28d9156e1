"""Tokenhouse: a self-hosted access token authority.

Owns the public surface of the library. It must stay cheap to import: the server, the store
and the command line are loaded by whoever runs them, never from here.
"""

__version__ = "0.1.0"
