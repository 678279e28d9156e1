"""Whatever changes what an answer rests on, a kept answer is not given again after it."""

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any, Final
from uuid import UUID

import pytest

from conformance.house import AT_CLIENTS, KINDS
from registered import register
from server.laning import LAST, Twice, everything, same, twice
from server.scenes import Scene, asked
from tokenhouse.core.token import FamilyEnd

_numbers: Final = count(1)


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twice]:
    with twice(tmp_path_factory.mktemp("anew")) as built:
        yield built


@pytest.fixture
def scene(at: Twice) -> Callable[[str], Scene]:
    def make(kind: str) -> Scene:
        email = f"boss{next(_numbers)}@elsewhere.example"
        own = at.at.stage.found_organization(f"Elsewhere {email}", email)
        asking: dict[str, Any] = {"permissions": frozenset({"TokenVerify"}), "deployment": True}
        client = register(at.at.stage, organization_id=own, **asking)
        made = at.at.granted if kind in AT_CLIENTS else None
        token = at.at.make(kind, email) if made is None else made(kind, email, client)
        return Scene(at, token, at.at.make("organizational", email), client)

    return make


Happens = Callable[[Scene], None]


def _to(what: str, **fields: object) -> Happens:
    """One of the records that a token rests on becomes another."""
    return lambda scene: scene.change(getattr(scene.standing(), what), **fields)


def _marked(what: str) -> Happens:
    def happens(scene: Scene) -> None:
        scene.change(getattr(scene.standing(), what), revoked_before=scene.feed())

    return happens


def _token(**fields: object) -> Happens:
    return lambda scene: scene.change(scene.made.token, **fields)


def _family_ended(scene: Scene) -> None:
    token, now = scene.made.token, scene.at.at.stage.clock.now()
    scene.at.at.stage.put(FamilyEnd(token.family_id, 1, token.organization_id, now))


def _less(scene: Scene) -> None:
    scene.change(scene.standing().groups[0], fixed=False, permissions=frozenset({"EventsRead"}))


def _renamed(scene: Scene, what: str, field: str) -> None:
    scene.change(getattr(scene.standing(), what), **{field: f"{next(_numbers):015}@any.test"})


def _superseded(scene: Scene) -> None:
    scene.change(scene.made.token, superseded_at=scene.at.at.stage.clock.now())


HAPPENS: dict[str, tuple[tuple[str, ...], Happens]] = {
    "revoked": (KINDS, _token(revoked_at=1)),
    "family ended": (KINDS, _family_ended),
    "superseded": (("organizational", "refresh"), _superseded),
    "bound to a network": (("organizational", "session"), _token(addresses=("203.0.113.0/24",))),
    "meant for another API": (("organizational", "access"), _token(audience="cooling")),
    "meant for this API": (("organizational",), _token(audience="heating")),
    "limited to less": (("access",), _token(permissions=frozenset())),
    "everything of its organization": (("organizational", "session"), _marked("organization")),
    "everything of its person": (("personal", "session"), _marked("person")),
    "everything of its membership": (("personal", "session"), _marked("membership")),
    "everything of its client": (("access", "client's access"), _marked("client")),
    "everything of its device": (("device",), _marked("device")),
    "organization suspended": (KINDS, _to("organization", suspended=True)),
    "person suspended": (("personal", "access"), _to("person", suspended=True)),
    "member suspended": (("personal", "session"), _to("membership", suspended=True)),
    "membership ended": (("personal", "session"), _to("membership", ended_at=1)),
    "client suspended": (("access", "refresh"), _to("client", suspended=True)),
    "client renamed": (("access", "refresh"), lambda one: _renamed(one, "client", "client_id")),
    "device suspended": (("device",), _to("device", suspended=True)),
    "groups taken": (("personal", "session"), _to("membership", groups=())),
    "groups hold less": (("personal", "organizational"), _less),
    "person renamed": (("session", "access"), lambda one: _renamed(one, "person", "email")),
}
CASES = [(name, kind) for name, (kinds, _) in HAPPENS.items() for kind in kinds]


@pytest.mark.parametrize(("name", "kind"), CASES)
def test_what_was_answered_is_judged_anew_when(
    at: Twice, scene: Callable[[str], Scene], name: str, kind: str
) -> None:
    there = scene(kind)
    there.keep_all()
    before = [same(everything(at.without, one, LAST)) for one in there.requests]
    HAPPENS[name][1](there)
    after = [same(everything(at.without, one, LAST)) for one in there.requests]
    assert after != before, "it changed nothing: this proves nothing"
    for request, expected in zip(there.requests, after, strict=True):
        alone = asked(at, request)[1]
        assert same(everything(at.with_lane, request, LAST)) == expected
        assert same(alone) in expected


@pytest.mark.parametrize(
    "happens",
    [
        lambda scene: scene.change(scene.asker.token, revoked_at=1),
        lambda scene: scene.change(scene.standing(scene.asker).groups[0], fixed=False),
        lambda scene: scene.change(scene.standing(scene.asker).organization, suspended=True),
    ],
    ids=["is revoked", "may ask no more", "belongs to a suspended organization"],
)
def test_who_asks_is_judged_anew_as_well_when_he(
    at: Twice, scene: Callable[[str], Scene], happens: Happens
) -> None:
    there = scene("organizational")
    there.keep_all()
    happens(there)
    assert asked(at, there.requests[1])[0] in {401, 403}


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"secrets": ()}, 401),
        ({"suspended": True}, 401),
        ({"permissions": frozenset()}, 200),
        ({"deployment": False, "organization_id": UUID(int=7)}, 200),
    ],
    ids=["secrets taken", "suspended", "may ask no more", "of another organization"],
)
def test_a_client_that_asks_is_looked_up_anew(
    at: Twice, scene: Callable[[str], Scene], fields: dict[str, object], status: int
) -> None:
    there = scene("organizational")
    there.keep_all()
    client = there.client.client
    if "organization_id" in fields:
        fields = {**fields, "organization_id": at.at.own}
    there.change(client, **fields)
    told = asked(at, there.requests[-1])
    assert told[0] == status
    assert status != 200 or told[1] == b'{"active":false}'
