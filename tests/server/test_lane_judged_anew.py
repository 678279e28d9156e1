"""Whatever changes what an answer rests on, a kept answer is not given again after it."""

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any, Final, NamedTuple
from uuid import UUID

import pytest
from msgspec.structs import replace

from boundary.toys import Peer
from conformance.house import AT_CLIENTS, KINDS, Made
from registered import Registered, register
from server.laning import LAST, Twice, ask_about, everything, introspect, same, twice, verify
from tokenhouse.core.moment import DAY, SECOND
from tokenhouse.core.refusal import Unavailable
from tokenhouse.core.standing import Standing
from tokenhouse.core.token import FamilyEnd

_numbers: Final = count(1)


class Scene(NamedTuple):
    """Somebody's token in an organization of his own, and who asks about it."""

    at: Twice
    made: Made
    asker: Made
    client: Registered

    @property
    def requests(self) -> list[bytes]:
        """Every door that the lane answers at, as far as it opens to this kind."""
        secret = self.made.credential.secret.reveal()
        own = verify(secret, "/v1/verify?audience=heating")
        scheme, value = self.made.credential.headers[0]
        own = own.replace(f"Authorization: Token {secret}".encode(), f"{scheme}: {value}".encode())
        by = self.asker.credential.secret.reveal()
        told = introspect(self.client, secret)
        if self.made.token.kind == "refresh":
            return [told]
        return [own, ask_about(by, token=secret, address="192.0.2.1", audience="heating"), told]

    def standing(self, made: Made | None = None) -> Standing:
        found = self.at.at.stage.store.find((made or self.made).token.id)
        assert found is not None
        return found.standing

    def change(self, before: Any, **fields: object) -> None:
        self.at.at.stage.put(replace(before, version=before.version + 1, **fields), before)

    def feed(self) -> int:
        return self.at.at.stage.store.head()[0]

    def keep_all(self) -> None:
        """Have the lane know every request by all its bytes."""
        for request in self.requests:
            for _ in range(4):
                assert _asked(self.at, request)[0] == 200
            known = self.at.lane.known
            assert b'"active":true' in _asked(self.at, request)[1]
            assert self.at.lane.known == known + 1, "it was not known: this proves nothing"
        self.at.told()


def _asked(at: Twice, request: bytes) -> tuple[int, bytes]:
    """What is answered to a request alone, so that it comes in as one piece."""
    with Peer(at.with_lane) as peer:
        peer.send(request)
        reply = peer.reply()
    return reply.status, reply.body


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
        alone = _asked(at, request)[1]
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
    _, asked, _ = there.requests
    assert _asked(at, asked)[0] in {401, 403}


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
    told = _asked(at, there.requests[-1])
    assert told[0] == status
    assert status != 200 or told[1] == b'{"active":false}'


def _ends(scene: Scene, kind: str, moment: int) -> None:
    stage = scene.at.at.stage
    if kind == "its expiry":
        scene.change(scene.made.token, expires_at=moment)
    elif kind == "the end of its overlap":
        scene.change(scene.made.token, superseded_at=moment)
    else:
        for key in stage.store.signing_keys():
            scene.change(key, retires_at=moment)


@pytest.mark.parametrize(
    ("ends", "kind"),
    [
        ("its expiry", "organizational"),
        ("the end of its overlap", "organizational"),
        ("the retirement of its key", "session"),
    ],
)
def test_nothing_is_said_again_from_the_moment_of(tmp_path, ends: str, kind: str) -> None:
    with twice(tmp_path) as at:
        clock = at.at.stage.clock
        there = Scene(at, at.at.make(kind), at.at.make("organizational"), at.client)
        moment = clock.now() + 100 * SECOND
        _ends(there, ends, moment)
        there.keep_all()
        clock.moment = moment - 1
        requests = there.requests
        known = at.lane.known
        for request in requests:
            assert _asked(at, request)[0] == 200
        assert at.lane.known == known + len(requests)
        clock.moment = moment
        assert _asked(at, requests[0])[0] == 401
        assert b'"active":false' in _asked(at, requests[2])[1]
        clock.moment = moment - 200 * SECOND  # before all that was kept
        at.told()
        _asked(at, requests[0])
        assert at.lane.known == known + len(requests)


def test_a_clock_that_cannot_be_judged_by_lets_nothing_be_said_again(
    at: Twice, scene: Callable[[str], Scene], monkeypatch: pytest.MonkeyPatch
) -> None:
    there = scene("organizational")
    there.keep_all()

    def refuses() -> int:
        raise Unavailable("it stands behind")

    with monkeypatch.context() as patched:
        patched.setattr(at.at.stage.clock, "now", refuses)
        assert [_asked(at, one)[0] for one in there.requests] == [503, 503, 503]
    assert [_asked(at, one)[0] for one in there.requests] == [200, 200, 200]


def test_each_answer_tells_its_own_moment_and_what_is_left_of_the_reach(
    at: Twice, scene: Callable[[str], Scene], monkeypatch: pytest.MonkeyPatch
) -> None:
    there = scene("organizational")
    there.keep_all()
    at.at.stage.clock.moment += DAY
    followed = at.at.stage.store._followed
    at.told()
    for left, said in ((900, b'"fresh_ms":900}'), (7, b'"fresh_ms":7}')):
        with monkeypatch.context() as patched:
            patched.setattr(followed, "left_ms", lambda left=left: left)
            told = [_asked(at, one)[1] for one in there.requests[:2]]
        assert all(one.endswith(said) for one in told), told
        assert all(b'"as_of":"2026-03-11T09:00:00' in one for one in told), told
    assert at.told() == [True] * 4


def test_nothing_is_said_again_beyond_the_reach_or_of_another_store(tmp_path) -> None:
    with twice(tmp_path) as at:
        there = Scene(at, at.at.make("organizational"), at.at.make("organizational"), at.client)
        followed = at.at.stage.store._followed
        there.keep_all()
        followed.lost(followed.sequence + 1)  # what touched what, nobody knows
        assert [_asked(at, one)[0] for one in there.requests] == [200] * 3
        assert not any(at.told())
        register(at.at.stage)  # the head was behind what was lost
        there.keep_all()
        followed.went_back()
        for _ in range(3):
            assert [_asked(at, one)[0] for one in there.requests] == [200] * 3
        assert not any(at.told())


def test_no_string_and_no_secret_is_kept(at: Twice, scene: Callable[[str], Scene]) -> None:
    there = scene("organizational")
    there.keep_all()
    lane, known = at.lane.kept, at.at.stage.authority.verify._known
    told = [
        (key, said.before_id, said.after_id, said.body, [one[1:] for one in said.ground.relied])
        for kept in (lane._lately, lane._before)
        for key, (said, _) in kept.items()
    ]
    told += [
        (key, one.good, one.last, [looked[1:] for looked in one.ground.relied])
        for kept in (known._lately, known._before)
        for key, (one, _) in kept.items()
    ]
    secret = there.client.secret
    assert secret is not None
    text = repr(told)
    assert there.made.token.hint in there.made.credential.secret.reveal()
    for one in (there.made.credential.secret, there.asker.credential.secret, secret):
        assert one.reveal() not in text
        assert one.reveal().encode() not in text.encode()
