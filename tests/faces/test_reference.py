"""The OpenAPI document tells of every route and of nothing else, and people can read it."""

import json
import os
import re
import shlex
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from openapi_spec_validator import OpenAPIV31SpecValidator

from browser import chromium
from docs.facts import all_faces
from running import Demo
from tokenhouse.boundary import About, Face, Route, Success
from tokenhouse.boundary.multipart import MEDIA_TYPE as MULTIPART
from tokenhouse.boundary.possible import PROBLEMS
from tokenhouse.core.judge import Demand
from tokenhouse.core.kind import Door, Spelling
from tokenhouse.faces.reference.curl import curl
from tokenhouse.faces.reference.page import reference
from tokenhouse.faces.reference.schemas import kind
from tokenhouse.openapi import document

URL = "https://tokens.example"
TOLD: dict[str, Any] = document(all_faces(), URL)
OPERATIONS: list[tuple[str, dict[str, Any]]] = [
    (f"{method.upper()} {path}", operation)
    for path, methods in TOLD["paths"].items()
    for method, operation in methods.items()
]
every_operation = pytest.mark.parametrize(
    ("name", "operation"), OPERATIONS, ids=[name for name, _ in OPERATIONS]
)


def operation_id(operation: dict[str, Any]) -> str:
    return str(operation["operationId"])


def fits(example: object, schema: dict[str, Any]) -> None:
    """Check an example, formats too; what a schema refers to is in the document."""
    whole = {**schema, "components": TOLD["components"]}
    Draft202012Validator(whole, format_checker=FormatChecker()).validate(example)


# the document


def test_it_is_openapi_3_1():
    assert TOLD["openapi"].startswith("3.1")
    assert TOLD["servers"] == [{"url": URL}]
    assert [*OpenAPIV31SpecValidator(TOLD).iter_errors()] == []


def test_every_route_is_in_it_and_nothing_else():
    described = {
        str(route) for face in all_faces() for route in face.routes if route.about is not None
    }
    assert {name for name, _ in OPERATIONS} == described
    assert len(described) >= 25


def test_what_is_not_served_is_not_told():
    native = tuple(face for face in all_faces() if face.name == "native")
    told = document(native, URL)
    assert all(path.startswith("/v1/") for path in told["paths"])
    assert all("systems" not in name for name in told["components"]["schemas"])


@every_operation
def test_an_operation_has_a_readable_id_and_a_tag(name: str, operation: dict[str, Any]):
    assert re.fullmatch(r"(get|post|patch|put|delete)(_[A-Za-z0-9]+)+", operation["operationId"])
    assert set(operation["tags"]) <= {tag["name"] for tag in TOLD["tags"]}
    named = re.findall(r"\{(\w+)\}", name)
    in_path = [one["name"] for one in operation.get("parameters", []) if one["in"] == "path"]
    assert in_path == named


@pytest.mark.parametrize("operation", [one for _, one in OPERATIONS], ids=operation_id)
def test_every_example_is_what_its_schema_says(operation: dict[str, Any]):
    if "requestBody" in operation:
        ((media_type, content),) = operation["requestBody"]["content"].items()
        if media_type != MULTIPART:  # nobody pastes the bytes of a file
            fits(content["example"], content["schema"])
    for one in operation.get("parameters", []):
        if "example" in one:
            fits(one["example"], one["schema"])
    for response in operation["responses"].values():
        for content in response.get("content", {}).values():
            if "example" in content:
                fits(content["example"], content["schema"])


def test_an_example_that_does_not_fit_is_noticed():
    schema = TOLD["paths"]["/v1/verify"]["get"]["responses"]["200"]["content"]["application/json"]
    with pytest.raises(Exception, match="not a 'date-time'"):
        fits({**schema["example"], "as_of": "soon"}, schema["schema"])


def test_who_may_and_how_is_told_as_the_routes_demand_it():
    paths = TOLD["paths"]
    mint = paths["/user/tokens"]["post"]
    assert mint["security"] == [{"bearer": []}]
    assert (mint["x-permissions"], mint["x-asker"]) == ([], "signed in")
    create = paths["/account/tokens"]["post"]
    assert create["security"] == [{"bearer": []}, {"token": []}]
    assert create["x-permissions"] == ["AccountTokenWrite"]
    assert paths["/v1/verify"]["post"]["security"] == [{"token": []}]
    assert paths["/v1/sessions"]["post"]["security"] == []
    assert "x-asker" not in paths["/v1/sessions"]["post"]
    device = paths["/api/v2/devices/{device}"]
    assert device["get"]["x-itself"] is True
    assert "x-itself" not in device["patch"]
    assert device["get"]["security"] == [{"x-access-token": []}]


def test_what_a_gateway_cannot_be_told_is_not_told():
    assert set(TOLD["paths"]["/v1/verify"]["get"]["responses"]) == {"200", "401", "403", "503"}


def _edit() -> Face:
    about = About("Things", "Edit.", {204: Success(headers=("ETag",))})
    route = Route(
        "PATCH",
        "/v1/things/{thing_id}",
        lambda *_: None,  # type: ignore[arg-type, return-value]
        Demand(Door.MANAGEMENT, frozenset({"KeysWrite"})),
        precondition=True,
        about=about,
    )
    spellings = frozenset({Spelling.BEARER, Spelling.TOKEN})
    return Face("things", ("/v1",), (route,), lambda *_: None, spellings, refusals=PROBLEMS)  # type: ignore[arg-type, return-value]


def test_an_edit_of_a_version_and_an_operators_permission_are_told():
    told = document((_edit(),), URL)
    (operation,) = (one for path in told["paths"].values() for one in path.values())
    assert {"412", "428"} <= set(operation["responses"])
    (_, if_match) = operation["parameters"]
    assert (if_match["name"], if_match["required"]) == ("If-Match", True)
    assert operation["security"] == [{"bearer": []}], "only a session is an operator's"
    command = curl(URL, "patch", "/v1/things/{thing_id}", operation)
    assert "--header 'If-Match: *'" in command


def test_a_slice_of_a_list_is_called_that():
    assert kind({"$ref": "#/components/schemas/native.Listed_Group_"}).text == "slice of Groups"
    assert kind({"$ref": "#/components/schemas/native.Group"}).text == "Group"


def test_two_operations_with_one_id_are_refused():
    about = About("Things", "List.", {204: Success()})
    one, two = (Route("GET", path, lambda *_: None, about=about) for path in ("/a/b", "/a-b"))  # type: ignore[arg-type, return-value]
    face = Face("things", (), (one, two), lambda *_: None, frozenset(), refusals=PROBLEMS)  # type: ignore[arg-type, return-value]
    with pytest.raises(ValueError, match="one id"):
        document((face,), URL)


# what is served


def test_the_demo_serves_the_document_of_what_it_serves(running_demo: Demo):
    answer = running_demo.client.get("/openapi.json")
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "public, max-age=300"
    told = answer.json()
    assert told["servers"] == [{"url": running_demo.url}]
    assert "/systems" in told["paths"]
    assert "/account/tokens/{token_id}/rotate" in told["paths"]


def test_a_command_of_the_page_does_what_it_says(running_demo: Demo):
    operation = TOLD["paths"]["/account/tokens"]["post"]
    command = curl(running_demo.url, "post", "/account/tokens", operation)
    words = shlex.split(command.replace("\\\n", ""))
    assert words[:5] == ["curl", "--request", "POST", "--url", f"{running_demo.url}/account/tokens"]
    body = words[words.index("--data") + 1]
    sent = running_demo.bearer() | {"content-type": "application/json"}
    assert running_demo.client.post("/account/tokens", content=body, headers=sent).is_success


@pytest.mark.parametrize("verb", ["get", "post"])
def test_a_command_sends_a_credential_that_is_a_parameter(running_demo: Demo, verb: str):
    path = "/1.0/environment/control/rest/getenvinfo"
    command = curl(running_demo.url, verb, path, TOLD["paths"][path][verb])
    session = running_demo.bearer()["authorization"].removeprefix("Bearer ")
    done = subprocess.run(
        ["bash", "-c", f"{command} --silent"],
        env={**os.environ, "SESSION": session},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert json.loads(done.stdout)["env"]["envName"] == "my-project"


def test_what_refuses_under_the_status_of_its_good_answer_tells_of_both():
    operation = TOLD["paths"]["/1.0/environment/control/rest/stopenv"]["post"]
    (shown,) = (
        one
        for group in reference(TOLD).groups
        for one in group.operations
        if one.id == operation["operationId"]
    )
    (reply,) = shown.replies
    assert (reply.status, reply.kind and reply.kind.text) == ("200", "Done or Failed")
    assert (shown.refused_with, shown.refusals) == (None, ())
    assert (shown.body_is, [one.name for one in shown.body]) == ("Body, as a form", ["envName"])
    assert shown.sent_as == ("session=",)


@pytest.fixture(scope="module")
def page(running_demo: Demo) -> Iterator[Any]:
    with chromium() as browser:
        opened = browser.new_page(viewport={"width": 390, "height": 800})
        opened.said = []
        opened.on("console", lambda message: opened.said.append(message.text))
        opened.asked = []
        opened.on("request", lambda asked: opened.asked.append(asked.url))
        opened.goto(f"{running_demo.url}/reference")
        yield opened


def test_the_page_shows_every_operation_and_loads_nothing_else(page: Any, running_demo: Demo):
    served = document(
        tuple(face for face in all_faces() if face.name not in {"health", "console"}), URL
    )
    shown = {one.get_attribute("id") for one in page.query_selector_all("article")}
    ids = {one["operationId"] for path in served["paths"].values() for one in path.values()}
    assert ids <= shown
    assert {f"type-{name}" for name in served["components"]["schemas"]} <= shown
    assert [url for url in page.asked if not url.startswith("data:")] == [
        f"{running_demo.url}/reference"
    ]
    assert page.said == []


def test_every_link_of_the_page_leads_somewhere(page: Any):
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map(one => one.id)")
    assert len(ids) == len(set(ids))
    links = page.evaluate("[...document.links].map(one => one.getAttribute('href'))")
    assert {link for link in links if link != "/openapi.json"} <= {f"#{one}" for one in ids}


def test_the_page_fits_a_phone(page: Any):
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
