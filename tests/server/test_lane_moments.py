"""No moment that passes, and no memory that is lost, leaves a kept answer as it was."""

from collections.abc import Iterator

import pytest

from registered import register
from server.laning import Twice, twice
from server.scenes import Scene, asked
from tokenhouse.core.moment import DAY, SECOND
from tokenhouse.core.refusal import Unavailable
from tokenhouse.store import followed as module

MS = 1_000_000


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twice]:
    with twice(tmp_path_factory.mktemp("moments")) as built:
        yield built


@pytest.fixture
def there(at: Twice) -> Scene:
    """One that the lane knows already."""
    made = Scene(at, at.at.make("organizational"), at.at.make("organizational"), at.client)
    made.keep_all()
    return made


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
            assert asked(at, request)[0] == 200
        assert at.lane.known == known + len(requests)
        clock.moment = moment
        assert asked(at, requests[0])[0] == 401
        assert b'"active":false' in asked(at, requests[2])[1]
        clock.moment = moment - 200 * SECOND  # before all that was kept
        at.told()
        asked(at, requests[0])
        assert at.lane.known == known + len(requests)


def test_a_clock_that_cannot_be_judged_by_lets_nothing_be_said_again(
    at: Twice, there: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:

    def refuses() -> int:
        raise Unavailable("it stands behind")

    with monkeypatch.context() as patched:
        patched.setattr(at.at.stage.clock, "now", refuses)
        assert [asked(at, one)[0] for one in there.requests] == [503, 503, 503]
    assert [asked(at, one)[0] for one in there.requests] == [200, 200, 200]


def test_each_answer_tells_its_own_moment_and_what_is_left_of_the_reach(
    at: Twice, there: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    at.at.stage.clock.moment += DAY
    followed = at.at.stage.store._followed
    at.told()
    for left, said in ((900, b'"fresh_ms":900}'), (7, b'"fresh_ms":7}')):
        with monkeypatch.context() as patched:
            patched.setattr(module, "uptime", lambda left=left: followed._until - left * MS)
            told = [asked(at, one)[1] for one in there.requests[:2]]
        assert all(one.endswith(said) for one in told), told
        assert all(b'"as_of":"2026-03-11T09:00:00' in one for one in told), told
    assert at.told() == [True] * 4


def test_nothing_is_said_again_beyond_the_reach_or_of_another_store(tmp_path) -> None:
    with twice(tmp_path) as at:
        there = Scene(at, at.at.make("organizational"), at.at.make("organizational"), at.client)
        followed = at.at.stage.store._followed
        there.keep_all()
        register(at.at.stage)
        followed.lost(followed.sequence)  # whatever was read before, nobody knows what was touched
        assert [asked(at, one)[0] for one in there.requests] == [200] * 3
        assert not any(at.told())
        there.keep_all()
        followed.went_back()
        for _ in range(3):
            assert [asked(at, one)[0] for one in there.requests] == [200] * 3
        assert not any(at.told())


def test_no_string_and_no_secret_is_kept(at: Twice, there: Scene) -> None:
    lane, known = at.lane.kept, at.at.stage.authority.verify._known
    told = [
        (key, said.begin, said.after, said._body, [one[1:] for one in said.ground.relied])
        for kept in (lane.lately, lane._before)
        for key, said in kept.items()
    ]
    told += [
        (key, one.good, one.last, [looked[1:] for looked in one.ground.relied])
        for kept in (known.lately, known._before)
        for key, one in kept.items()
    ]
    secret = there.client.secret
    assert secret is not None
    text = repr(told)
    assert there.made.token.hint in there.made.credential.secret.reveal()
    for one in (there.made.credential.secret, there.asker.credential.secret, secret):
        assert one.reveal() not in text
        assert one.reveal().encode() not in text.encode()
