"""A preview tells which tokens a change of the catalogue gives something or takes from."""

from uuid import UUID

from msgspec.structs import replace

from operations.curating import GETS, IN_MEMORY, MACHINE, STOP, change, effect, set_id, without
from stage import ADMINISTRATOR, CLIENT, Stage
from tokenhouse.core.credential import Secret
from tokenhouse.core.identifier import PENDING
from tokenhouse.core.moment import DAY
from tokenhouse.core.permission import Permission
from tokenhouse.demo import firm
from tokenhouse.operations.at_machine import AtMachine
from tokenhouse.operations.effect import MOST_NAMES_TOLD, MOST_TOLD
from tokenhouse.operations.groups import GroupEdit
from tokenhouse.operations.organizations import OrganizationEdit


def test_a_preview_tells_which_tokens_would_gain_and_lose_what_and_changes_nothing(stage: Stage):
    by = stage.session()
    personal = stage.issue_personal(stage.session(CLIENT)).described.token
    organizational = stage.issue(by, ("Client",)).described.token
    limited = stage.issue_limited(by, set_id=set_id(stage, "IDE Plugins")).described.token
    stage.issue_limited(by, "SystemsWrite")
    wanted = without("SystemsRead", STOP)
    wanted = replace(wanted, entries=(*wanted.entries, Permission("fleet.Stop")))
    head = stage.store.head()
    preview = stage.authority.catalogue.preview(MACHINE, wanted)
    assert stage.store.head() == head
    assert preview.before == stage.store.catalogue()
    losses = {
        one.id: (one.number, one.whose, one.gained, one.lost) for one in preview.effect.tokens
    }
    nobody: frozenset[str] = frozenset()
    assert losses == {
        personal.id: (None, CLIENT, nobody, {"SystemsRead", STOP}),
        organizational.id: (organizational.number, firm.NAME, nobody, {"SystemsRead"}),
        limited.id: (limited.number, ADMINISTRATOR, nobody, {STOP}),
    }
    counted = preview.effect
    assert (counted.tokens_changed, counted.tokens_losing, counted.tokens_gaining) == (3, 3, 0)
    assert counted.tokens_looked_at == 4
    groups = {one.name: one.lost for one in counted.groups}
    assert groups == {
        "Client": {"SystemsRead"},
        "Metering": {"SystemsRead"},
        "Automation": {"SystemsRead"},
        "Developers": {STOP},
    }


def test_what_a_preview_told_is_what_happens(stage: Stage):
    by = stage.session()
    tokens: dict[UUID, Secret] = {}
    for issued in (
        stage.issue_personal(by),
        stage.issue(by, ("Client",)),
        stage.issue_limited(by, set_id=set_id(stage, "Marketplace")),
        stage.issue_limited(by, GETS, STOP),
    ):
        tokens[issued.described.token.id] = issued.secret
    wanted = without(GETS)
    wanted = replace(wanted, entries=(*wanted.entries, Permission("fleet.Stop")))
    held = {one: stage.verdict(secret).permissions for one, secret in tokens.items()}
    changes = {one.id: (one.gained, one.lost) for one in effect(stage, wanted).tokens}
    change(stage, wanted)
    for token_id, secret in tokens.items():
        now = stage.verdict(secret).permissions
        gained, lost = changes.get(token_id, (frozenset(), frozenset()))
        assert (now - held[token_id], held[token_id] - now) == (gained, lost)


def test_only_tokens_that_are_not_over_are_looked_at(stage: Stage):
    by = stage.session()
    assert effect(stage, without("SystemsRead")).tokens_looked_at == 0, (
        "a session is told of nowhere"
    )
    stage.issue_personal(by, expires_at=stage.clock.now() + DAY)
    revoked = stage.issue_personal(by).described.token
    stage.put(replace(revoked, version=2, revoked_at=stage.clock.now()), revoked)
    kept = stage.issue(by, ("Client",)).described.token
    assert effect(stage, without("SystemsRead")).tokens_looked_at == 2
    stage.clock.moment += DAY
    told_ = effect(stage, without("SystemsRead"))
    assert [one.id for one in told_.tokens] == [kept.id]
    assert told_.tokens_looked_at == 1


def test_tokens_that_may_be_good_again_are_told_of(stage: Stage):
    token = stage.issue(stage.session(), ("Client",)).described.token
    stage.found_organization("Other", "eve@other.example")
    organizations = stage.authority.organizations
    suspended = OrganizationEdit(suspended=True)
    organizations.edit(MACHINE, stage.organization_id, None, suspended)
    assert [one.id for one in effect(stage, without("SystemsRead")).tokens] == [token.id]


def test_a_preview_looks_at_every_organization(stage: Stage):
    other = stage.found_organization("Südstrom", "eve@suedstrom.example")
    token = stage.issue_personal(stage.session("eve@suedstrom.example")).described.token
    group = GroupEdit(name="Readers", permissions=frozenset({"SystemsRead"}))
    stage.authority.groups.create(AtMachine(other, "x"), None, group)
    told_ = effect(stage, without("SystemsRead"))
    assert [(one.id, one.organization.id) for one in told_.tokens] == [(token.id, other)]
    assert ("Readers", other) in {(one.name, one.organization.id) for one in told_.groups}


@IN_MEMORY
def test_a_preview_of_very_many_tokens_is_bounded_and_counts_the_rest(stage: Stage):
    first = stage.issue(stage.session(), ("Client",)).described.token
    for place in range(1, MOST_TOLD + 50):
        stage.put(
            replace(
                first,
                id=UUID(int=first.id.int + place),
                family_id=UUID(int=first.id.int + place),
                number=PENDING,
                sequence=PENDING,
                fingerprint=place.to_bytes(32, "big"),
            )
        )
    told_ = effect(stage, without("SystemsRead"))
    assert len(told_.tokens) == MOST_TOLD
    assert told_.tokens_changed == told_.tokens_looked_at == MOST_TOLD + 50
    assert len({one.id for one in told_.tokens}) == MOST_TOLD


@IN_MEMORY
def test_a_preview_names_a_bounded_number_of_permissions(stage: Stage):
    by = stage.session()
    many = tuple(Permission(f"fleet.p{place}") for place in range(4_000))
    wide = replace(firm.LISTED, entries=(*firm.LISTED.entries, *many))
    for _ in range(6):
        stage.issue_personal(by)
    told_ = effect(stage, wide)
    assert sum(len(one.gained) for one in told_.tokens) == MOST_NAMES_TOLD
    assert (len(told_.tokens), told_.tokens_gaining) == (5, 6)
