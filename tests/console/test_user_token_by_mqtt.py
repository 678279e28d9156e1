"""The ready command for MQTT, run by the program that others wrote for it, at a real broker."""

import os
import re
import subprocess
from contextlib import closing
from uuid import UUID

from rigs import subject
from running import Demo
from tokenhouse.demo.walk.mqtt import Connection, Message
from tokenhouse.faces.console.ready import VARIABLE, over_mqtt


def test_the_ready_command_for_mqtt_shows_what_a_device_sends(running_demo: Demo):
    device, at = running_demo.ready["device"], running_demo.ready["mqtt"]
    token = running_demo.bearer()["authorization"].removeprefix("Bearer ")
    command = over_mqtt(running_demo.url, "th", str(device["id"]), UUID(subject(token))).text
    command = re.sub(r"--port \d+", f"--port {at['port']} -C 1 -W 60", command)
    listening = subprocess.Popen(
        ["sh", "-c", command], env=os.environ | {VARIABLE: token}, stdout=subprocess.PIPE, text=True
    )
    prefix = device["mqttPrefix"]
    with closing(Connection(at["host"], at["port"])) as sender:
        assert sender.connect(str(device["id"]), device["token"]) == 0
        while listening.poll() is None:  # until the other one listens
            sender.publish(Message(f"{prefix}state", b"on"))
            try:
                listening.wait(0.2)
            except subprocess.TimeoutExpired:
                continue
    assert listening.communicate()[0] == f"{prefix}state on\n"
