"""Builds what is asked by MQTT brokers."""

from tokenhouse.core.principal import Deployment
from tokenhouse.kinds.device import DEVICE
from tokenhouse.kinds.session import SESSION
from tokenhouse.operations.admit import Admit
from tokenhouse.operations.authenticate import Authenticate
from tokenhouse.operations.brokers import Brokers
from tokenhouse.operations.feed import FollowFeed
from tokenhouse.operations.mqtt_again import MqttAgain
from tokenhouse.operations.mqtt_connect import MqttConnect
from tokenhouse.operations.mqtt_ended import TellEnded
from tokenhouse.operations.mqtt_staying import MqttStaying
from tokenhouse.operations.mqtt_topics import MqttTopics
from tokenhouse.operations.note import Notes
from tokenhouse.operations.verifier import Verifiers
from tokenhouse.operations.verify import Verify
from tokenhouse.wiring.parts import Parts


def build_brokers(
    parts: Parts, deployment: Deployment, admit: Admit, verify: Verify, notes: Notes
) -> Brokers:
    """Everything that brokers ask."""
    store, brand = parts.store, deployment.brand
    verifiers = Verifiers(Authenticate(store), admit)
    connect = MqttConnect(verifiers, verify, parts.usage, brand)
    topics = MqttTopics(verifiers, connect, store, parts.clock, DEVICE, SESSION, brand)
    tell = TellEnded(notes, brand)
    again = MqttAgain(verifiers, connect, store, parts.usage, tell)
    staying = MqttStaying(connect, topics, store, parts.usage, tell, brand, deployment.issuer)
    return Brokers(connect, again, topics, staying, FollowFeed(verifiers, store))
