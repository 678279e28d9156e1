"""Tries a promise on a deployment that is made for it: real processes, over HTTP on loopback.

Owns the deployment of a trial (`place`), its processes (`nodes`) and what is tried (`revoking`).
Does not own what is typed and read, which is its command (`cli.bench`). It leaves nothing behind.
"""
