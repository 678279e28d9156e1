"""Things to try: commands for a shell; one source for the page, the terminal and the tests."""

from urllib.parse import urlsplit

import msgspec

from tokenhouse.config import DEFAULT_PORT
from tokenhouse.demo.broker import Address


class Step(msgspec.Struct, frozen=True):
    """One thing to try. Steps run in order in one shell: later ones use what earlier ones set."""

    title: str
    command: str


def steps(url: str, email: str, password: str) -> tuple[Step, ...]:
    """The tour, with this address and this person filled in."""
    accept = "--header 'Accept: application/vnd.gridx.v2+json'"
    curl = "curl -s -w '\\n'"  # each answer on a line of its own
    return (
        Step(
            "First, a function that takes one field of a JSON answer",
            """field() { python3 -c "import json,sys; print(json.load(sys.stdin)['$1'])"; }""",
        ),
        Step(
            "Sign in: the answer holds your session token (the bearer token)",
            f"JWT=$(curl -s {url}/v1/sessions --header 'Content-Type: application/json' \\\n"
            f'  --data \'{{"email": "{email}", "password": "{password}"}}\' | field token)',
        ),
        Step(
            "Create an organizational token; its string is shown this once",
            f"CREATED=$(curl -s --request POST --url {url}/account/tokens \\\n"
            f"  {accept} --header 'Content-Type: application/json' \\\n"
            '  --header "Authorization: Bearer $JWT" \\\n'
            '  --data \'{"description": "My org token", "expiresAt": "2030-01-01T00:00:00Z"}\')\n'
            'ORG_TOKEN=$(echo "$CREATED" | field token); TOKEN_ID=$(echo "$CREATED" | field id)',
        ),
        Step(
            "Use it as a back end would",
            f"{curl} --request GET --url {url}/systems \\\n"
            f'  {accept} --header "Authorization: Token $ORG_TOKEN"',
        ),
        Step(
            "Rotate it: a new token, one month longer; the old one stays good until its expiry",
            f'{curl} --request POST --url "{url}/account/tokens/$TOKEN_ID/rotate?lifetime=1M" \\\n'
            f'  {accept} --header "Authorization: Token $ORG_TOKEN"',
        ),
        Step(
            "Ask what a token may do now, as a gateway would",
            f'{curl} {url}/v1/verify/SystemsRead --header "Authorization: Token $ORG_TOKEN"',
        ),
        Step(
            "Make a personal token: all that you may do, and it follows you",
            f"{curl} --request POST --url {url}/user/tokens \\\n"
            "  --header 'Content-Type: application/json' \\\n"
            '  --header "Authorization: Bearer $JWT" --data \'{"description": "My laptop"}\'',
        ),
        Step(
            "Revoke the organizational token; the next call with it is refused",
            f"curl -s --request DELETE --url {url}/account/tokens/$TOKEN_ID \\\n"
            '  --header "Authorization: Bearer $JWT"\n'
            f'{curl} --url {url}/systems --header "Authorization: Token $ORG_TOKEN"',
        ),
        *_environment_steps(url, email, password),
    )


def _environment_steps(url: str, email: str, password: str) -> tuple[Step, ...]:
    """The same person on a platform whose methods take the credential as a parameter."""
    signing_in = f"curl -s {url}/1.0/users/authentication/rest"
    control = f"curl -s -w '\\n' \"{url}/1.0/environment/control/rest"
    return (
        Step(
            "On to a hosting platform: its session is a parameter, as its clients send it",
            f"SESSION=$({signing_in}/signin \\\n"
            f"  --data-urlencode 'login={email}' --data-urlencode 'password={password}' \\\n"
            "  | field session)",
        ),
        Step(
            "Create a token that can stop environments and nothing else; the password confirms it",
            f'CREATED=$({signing_in}/createtoken --data "session=$SESSION" \\\n'
            f"  --data-urlencode 'password={password}' --data 'description=stops at night' \\\n"
            "  --data 'apiList=environment.control.StopEnv')\n"
            """token=$(echo "$CREATED" | python3 -c \\\n"""
            """  "import json,sys; print(json.load(sys.stdin)['token']['key'])")""",
        ),
        Step(
            "Stop an environment: this URL can be typed into a browser too",
            f'envName=my-project\n{control}/stopenv?envName=${{envName}}&session=${{token}}"',
        ),
        Step(
            "See it stopped (status 2), as the page Environments shows it",
            f'{control}/getenvinfo?envName=${{envName}}&session=${{SESSION}}"',
        ),
        Step(
            "Start it again with that token: its list does not name the method, so that is 8202",
            f'{control}/startenv?envName=${{envName}}&session=${{token}}"',
        ),
    )


def broker_steps(url: str, broker: Address) -> tuple[Step, ...]:
    """A device at the demo's broker, by curl, which speaks MQTT: for the shell of the tour."""
    at = f"mqtt://{broker.host}:{broker.port}"
    by = '--header "Authorization: Bearer $JWT"'
    return (
        Step(
            "Make a device: it connects by its token, and its topics begin with its prefix",
            f"CREATED=$(curl -s {url}/v1/devices {by} \\\n"
            "  --header 'Content-Type: application/json' \\\n"
            '  --data "{\\"identifier\\": \\"roof-$RANDOM\\"}")\n'
            'DEVICE=$(echo "$CREATED" | field id); DEVICE_TOKEN=$(echo "$CREATED" | field token)\n'
            'PREFIX=$(echo "$CREATED" | field mqtt_prefix)',
        ),
        Step(
            "Listen under its prefix, as the device, and publish there: what was sent comes back",
            "HEARD=$(mktemp)\n"
            f'curl -sSN -u "$DEVICE_TOKEN:" "{at}/${{PREFIX}}state" > $HEARD & LISTENS=$!\n'
            "sleep 1\n"
            f'curl -sS -u "$DEVICE_TOKEN:" --data \'{{"volts": 230}}\' "{at}/${{PREFIX}}state"\n'
            "sleep 1; tr -cd '[:print:]' < $HEARD; echo",
        ),
        Step(
            "Listen to another device's topics: the broker says no",
            f'curl -sS -u "$DEVICE_TOKEN:" "{at}/th/d/1/state" || echo "Refused."',
        ),
        Step(
            "Revoke its tokens: the connection that listens is ended within two seconds",
            f"curl -s --request POST {url}/v1/devices/$DEVICE/revoke {by}\n"
            'wait $LISTENS || echo "It was thrown off."',
        ),
    )


def gateway_steps(url: str) -> tuple[Step, ...]:
    """Put nginx in front of an API: for the shell of the tour and the folder of the project."""
    call = "curl -s -w '\\n' http://localhost:9000/roof.json"
    return (
        Step(
            "A stand-in for your API, on port 8000",
            """mkdir -p var/api var/gateway; echo '{"roof": "online"}' > var/api/roof.json\n"""
            "python3 -m http.server 8000 --bind 127.0.0.1 --directory var/api"
            " > var/api.log 2>&1 &\n"
            "API=$!; until curl -s -o /dev/null http://localhost:8000; do sleep 0.1; done",
        ),
        Step(
            "nginx in front of it, on port 9000: it asks Tokenhouse about every request",
            f'{_copy_recipe(url)}\nPATH="$PATH:/usr/sbin"; nginx -p var/gateway -c nginx.conf',
        ),
        Step(
            "Call it without a token, and with one",
            f"CREATED=$(curl -s --request POST --url {url}/user/tokens \\\n"
            "  --header 'Content-Type: application/json' \\\n"
            '  --header "Authorization: Bearer $JWT" --data \'{"description": "My roofs"}\')\n'
            'MINE=$(echo "$CREATED" | field token); MINE_ID=$(echo "$CREATED" | field id)\n'
            f'{call}\n{call} --header "Authorization: Token $MINE"',
        ),
        Step(
            "Revoke the token: the very next call with it is refused",
            f"curl -s --request DELETE --url {url}/user/tokens/$MINE_ID \\\n"
            '  --header "Authorization: Bearer $JWT"\n'
            f'{call} --header "Authorization: Token $MINE"',
        ),
        Step("End both again", "nginx -p var/gateway -c nginx.conf -s quit; kill $API"),
    )


def _copy_recipe(url: str) -> str:
    """The recipe names the demo's usual port."""
    port, usual = urlsplit(url).port, DEFAULT_PORT
    if port == usual:
        return "cp docs/gateways/nginx.conf var/gateway/"
    edited = f"sed 's/127.0.0.1:{usual}/127.0.0.1:{port}/' docs/gateways/nginx.conf"
    return f"{edited} \\\n  > var/gateway/nginx.conf"
