"""The user token is the sign-in's own: nothing is issued, and it ends with it."""

import json
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from structlog.testing import capture_logs

from engines import opened
from linking import refusal_of
from stage import ADMINISTRATOR, CLIENT, MovedClock, Stage, caller
from tokenhouse.core.credential import Secret
from tokenhouse.core.judge import Demand, Reason
from tokenhouse.core.kind import Asker, Door, Spelling
from tokenhouse.core.moment import HOUR, SECOND
from tokenhouse.core.refusal import Code
from tokenhouse.operations.admit import Caller
from tokenhouse.operations.user_token import UserToken

OWN = Demand(Door.MANAGEMENT, asker=Asker.SIGNED_IN)


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    clock = MovedClock()
    with opened("memory", tmp_path, clock, lambda _: None) as kept:
        yield Stage(*kept, clock, tmp_path)


def browsing(stage: Stage, email: str = ADMINISTRATOR) -> Caller:
    """Somebody who signed in with the console's cookie."""
    secret = stage.sign_in(email, opaque=True).secret
    return caller(secret, Spelling.COOKIE, demand=OWN)


def shown(stage: Stage, by: Caller) -> UserToken:
    return stage.authority.user_token(by)


def claims_of(secret: Secret) -> dict[str, Any]:
    body = secret.reveal().split(".")[1]
    read: dict[str, Any] = json.loads(urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return read


@pytest.mark.parametrize("spelling", [Spelling.BEARER, Spelling.X_ACCESS_TOKEN])
def test_it_is_good_wherever_a_signed_session_is(stage: Stage, spelling: Spelling):
    given = shown(stage, browsing(stage))
    verdict = stage.verdict(given.secret, "SystemsRead", spelling)
    assert verdict.allowed
    assert verdict.found is not None
    assert verdict.found.token.id == given.id


def test_it_says_who_signed_in_and_ends_when_the_sign_in_does(stage: Stage):
    by = browsing(stage, CLIENT)
    stage.clock.moment += HOUR
    given = shown(stage, by)
    said = claims_of(given.secret)
    assert said["username"] == CLIENT
    assert said["jti"] == str(given.id)
    assert said["exp"] * SECOND == given.expires_at == stage.clock.moment + 11 * HOUR
    stage.clock.moment = given.expires_at - 1
    assert stage.verdict(given.secret, None, Spelling.BEARER).active
    stage.clock.moment = given.expires_at
    assert stage.verdict(given.secret, None, Spelling.BEARER).reason is Reason.EXPIRED


def test_signing_out_of_the_console_ends_it_and_signing_out_with_it_ends_the_console(stage: Stage):
    by = browsing(stage)
    given = shown(stage, by)
    stage.authority.revoke.own_session(by)
    assert stage.verdict(given.secret, None, Spelling.BEARER).reason is Reason.REVOKED
    other = browsing(stage)
    copied = caller(shown(stage, other).secret, Spelling.BEARER, demand=OWN)
    stage.authority.revoke.own_session(copied)
    assert refusal_of(lambda: shown(stage, other)).code is Code.UNAUTHENTICATED


def test_nothing_is_written_and_the_log_holds_no_token(stage: Stage):
    by = browsing(stage)
    head = stage.store.head()
    with capture_logs() as lines:
        given = shown(stage, by)
    assert stage.store.head() == head
    (line,) = lines
    assert line["token_id"] == str(given.id)
    assert given.secret.reveal() not in str(lines)


def test_a_sign_in_in_either_form_has_a_place_in_the_status_list(stage: Stage):
    signed = stage.sign_in().token.status_index
    opaque = stage.sign_in(opaque=True).token.status_index
    assert signed is not None
    assert opaque == signed + 1


def test_no_other_token_is_given_one(stage: Stage):
    issued = stage.issue_personal(stage.session())
    anyone = replace(OWN, asker=Asker.ANYONE)
    by = caller(issued.secret, Spelling.TOKEN, demand=anyone)
    assert refusal_of(lambda: shown(stage, by)).code is Code.FORBIDDEN
