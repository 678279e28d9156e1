"""Look again at a connection to an MQTT broker, once something that it rests on was touched."""

from tokenhouse.core.judge import Verdict
from tokenhouse.operations.mqtt_connect import Admission, Arrival, MqttConnect, Refusal
from tokenhouse.operations.mqtt_ended import PLUGIN, Ended, TellEnded, Whose
from tokenhouse.operations.ports import Store
from tokenhouse.operations.usage import Usage
from tokenhouse.operations.verifier import Verifier, Verifiers


class MqttAgain:
    """Judges connections that are there anew, and tells of those that may not go on."""

    def __init__(
        self,
        verifiers: Verifiers,
        connect: MqttConnect,
        store: Store,
        usage: Usage,
        tell: TellEnded,
    ) -> None:
        self._verifiers = verifiers
        self._connect = connect
        self._store = store
        self._usage = usage
        self._tell = tell

    def __call__(self, verifier: Verifier, arrival: Arrival) -> Admission | Refusal:
        """Whether somebody may stay, from what is kept and not from memory; raises as `connect`.

        That the broker asks is no use of the token: so nothing is counted.
        """
        sight = self._verifiers(verifier)

        def looked_at() -> tuple[Admission | Refusal, Verdict]:
            return self._connect.looked_at(sight, arrival)

        (told, verdict), _ = self._usage.uncounted(lambda: self._store.anew(looked_at))
        if isinstance(told, Refusal) and verdict.found is not None:
            cause = told.value if verdict.reason is None else verdict.reason.value
            self._tell(Ended(PLUGIN, arrival.client_id, cause), Whose.of(verdict.found))
        return told
