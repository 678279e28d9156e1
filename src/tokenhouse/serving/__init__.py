"""Serving a deployment in one process, from the first start on.

Owns what `tokenhouse serve` does between reading the settings and its end: whether it may listen
where it is asked to (`exposure`), which faces it serves before and after the deployment is set up,
and the change from one to the other (`turning`). Does not own how parts are built (`wiring`), HTTP
(`server`), nor what is printed (`cli`).
"""

from tokenhouse.serving.process import FACES, Begun, serve_deployment

__all__ = ["FACES", "Begun", "serve_deployment"]
