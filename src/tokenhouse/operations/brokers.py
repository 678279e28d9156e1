"""What MQTT brokers ask: who is let in, what he may do there, and whom to look at again."""

import msgspec

from tokenhouse.operations.feed import FollowFeed
from tokenhouse.operations.mqtt_again import MqttAgain
from tokenhouse.operations.mqtt_connect import MqttConnect
from tokenhouse.operations.mqtt_staying import MqttStaying
from tokenhouse.operations.mqtt_topics import MqttTopics


class Brokers(msgspec.Struct, frozen=True):
    """Everything that a broker can ask: one attribute per question."""

    connect: MqttConnect
    again: MqttAgain
    topics: MqttTopics
    staying: MqttStaying
    changes: FollowFeed
