"""The plugin for the broker amqtt: name `tokenhouse.plugins.amqtt.TokenhousePlugin` in its file.

amqtt looks up, changes and takes over what it keeps of a client before it asks any plugin who is
there, so that a stranger could end a device's connection or change its will. Hence `door` asks
before amqtt reads the name, `plugin` answers what amqtt asks, and `watch` ends connections.

Owns what is asked of Tokenhouse for one amqtt, how long an answer is kept, and when a connection
has to end. Does not own what amqtt does for those who are let in.
"""

from tokenhouse.plugins.amqtt.plugin import TokenhousePlugin

__all__ = ["TokenhousePlugin"]
