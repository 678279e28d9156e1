"""Which brokers connections are ended at: those whose management the settings name."""

from tokenhouse.config import Settings
from tokenhouse.enforcing.emqx import Emqx
from tokenhouse.enforcing.listed import Broker
from tokenhouse.enforcing.rabbitmq import RabbitMq


def brokers(settings: Settings) -> tuple[Broker, ...]:
    """Nothing is asked of them yet."""
    found: list[Broker] = []
    if settings.rabbitmq_management is not None:
        found.append(RabbitMq(settings.rabbitmq_management))
    if settings.emqx_api is not None:
        found.append(Emqx(settings.emqx_api))
    return tuple(found)
