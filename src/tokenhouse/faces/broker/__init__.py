"""What MQTT brokers ask about whoever connects to them: a face for each, over one decision.

Owns how each broker spells its questions, and what of it reads as no: that differs, and where a
broker would ask somebody else after an error, nothing here is one. Does not own who is let in and
what he may do: that is `operations.mqtt_connect`'s and `operations.mqtt_topics`'s to say.
"""

from typing import Final

from tokenhouse.faces.broker import emqx, go_auth, nanomq, plain, rabbitmq, vernemq

FACES: Final = (
    plain.FACE,
    rabbitmq.FACE,
    emqx.FACE,
    go_auth.FACE,
    vernemq.FACE,
    nanomq.FACE,
)
