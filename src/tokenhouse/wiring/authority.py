"""Every operation, built in the order in which one needs the other."""

from tokenhouse.config import REVOCATION_REACH_MS
from tokenhouse.core.principal import Deployment
from tokenhouse.kinds import ALL, FORMS
from tokenhouse.kinds.device import DEVICE
from tokenhouse.kinds.limited import LIMITED
from tokenhouse.kinds.organizational import ORGANIZATIONAL
from tokenhouse.kinds.personal import PERSONAL
from tokenhouse.kinds.refresh import REFRESH
from tokenhouse.kinds.session import SESSION, SESSION_ID
from tokenhouse.operations import Authority
from tokenhouse.operations.accept import Accept
from tokenhouse.operations.admit import Admit
from tokenhouse.operations.applications import Applications
from tokenhouse.operations.ask import Ask
from tokenhouse.operations.at_once import AtOnce
from tokenhouse.operations.chain import Chain
from tokenhouse.operations.change_email import ChangeEmail
from tokenhouse.operations.change_password import ChangePassword
from tokenhouse.operations.choices import Choose
from tokenhouse.operations.client_secrets import ClientSecrets
from tokenhouse.operations.clients import Clients
from tokenhouse.operations.confirm import Confirm
from tokenhouse.operations.confirming import Confirming
from tokenhouse.operations.curate import Curate
from tokenhouse.operations.describe import Describe
from tokenhouse.operations.edit import EditToken
from tokenhouse.operations.explain import Explain
from tokenhouse.operations.feed import Feed
from tokenhouse.operations.groups import Groups
from tokenhouse.operations.guessing import Guesses
from tokenhouse.operations.invite import Invite
from tokenhouse.operations.issue import Issue
from tokenhouse.operations.keep import Keep
from tokenhouse.operations.links import Links
from tokenhouse.operations.me import Me
from tokenhouse.operations.memberships import Memberships
from tokenhouse.operations.mint import Mint
from tokenhouse.operations.my_sessions import ShowSessions
from tokenhouse.operations.naming import Names
from tokenhouse.operations.note import Notes
from tokenhouse.operations.organizations import Organizations
from tokenhouse.operations.overview import Overview
from tokenhouse.operations.people import People
from tokenhouse.operations.permissions import ListPermissions
from tokenhouse.operations.policies import SetPolicies
from tokenhouse.operations.prove import Prove
from tokenhouse.operations.recover import Recover, Redeem
from tokenhouse.operations.remove_factors import RemoveFactors
from tokenhouse.operations.revoke import Revoke
from tokenhouse.operations.revoke_all import RevokeAll
from tokenhouse.operations.rotate import Rotate
from tokenhouse.operations.sign_in import SignIn
from tokenhouse.operations.token_usage import ShowUsage
from tokenhouse.operations.tokens import Tokens
from tokenhouse.operations.trail import Trail
from tokenhouse.operations.user_token import ShowUserToken
from tokenhouse.operations.verify import Recogniser, Verify
from tokenhouse.signing.keyring import Keyring
from tokenhouse.signing.password_rule import WellChosen
from tokenhouse.signing.sealing import AnswerSealer
from tokenhouse.wiring.brokers import build_brokers
from tokenhouse.wiring.devices import build_devices
from tokenhouse.wiring.grants import build_grants
from tokenhouse.wiring.parts import Parts
from tokenhouse.wiring.second_factors import Seconds


def build(parts: Parts, deployment: Deployment, notes: Notes | None = None) -> Authority:
    """Build everything that a face is given, for a deployment that was set up."""
    store, clock = parts.store, parts.clock
    signer = Keyring(store, parts.smith, clock)
    recogniser = Recogniser(FORMS, signer, deployment.brand, deployment.issuer)
    usage, at_once = parts.usage, AtOnce(store, clock, REVOCATION_REACH_MS)
    verify = Verify(recogniser, store, clock, at_once, usage)
    notes = notes or Notes(store, clock)
    keep = Keep(store, AnswerSealer(parts.entropy), clock)
    mint = Mint(parts.entropy, deployment.brand)
    guesses, prove, rule = Guesses(parts.attempts, clock), Prove(parts.hasher, notes), WellChosen()
    seconds = Seconds(parts, deployment, guesses, prove)
    factor = seconds.factor
    admit = Admit(verify, store, notes, Confirm(store, guesses, prove, factor))
    confirming = Confirming(admit, store, guesses, prove, factor)
    tokens = Tokens(admit, store, clock, usage.store)
    links = Links(store, guesses, clock, parts.entropy, deployment.brand, ORGANIZATIONAL)
    return Authority(
        deployment=deployment,
        organizational=ORGANIZATIONAL,
        personal=PERSONAL,
        limited=LIMITED,
        ask=Ask(verify, admit, clock, at_once, usage),
        at_once=at_once,
        describe=Describe(admit, store),
        edit=EditToken(admit, store, clock, mint, usage.store),
        groups=Groups(admit, store, keep, mint, clock),
        issue=Issue(admit, store, keep, mint, clock),
        keys=parts.keys(),
        memberships=Memberships(admit, store, clock),
        revoke=Revoke(admit, store, clock),
        revoke_all=RevokeAll(admit, store, clock),
        rotate=Rotate(admit, store, keep, mint, clock),
        sign_in=SignIn(
            store, guesses, parts.hasher, signer, clock, mint, SESSION, SESSION_ID, prove, factor
        ),
        notes=notes,
        accept=Accept(store, links, guesses, prove, factor, parts.hasher, rule, mint, clock),
        change_email=ChangeEmail(admit, store, clock),
        change_password=ChangePassword(confirming, store, parts.hasher, rule, clock),
        invite=Invite(admit, store, keep, links, mint, clock),
        recover=Recover(admit, store, links, mint, clock),
        redeem=Redeem(store, links, factor, parts.hasher, rule, clock),
        permissions=ListPermissions(admit, store),
        trail=Trail(admit, store),
        verify=verify,
        chain=Chain(admit, store),
        feed=Feed(admit, store),
        signing_keys=parts.signing_keys(admit),
        me=Me(admit, store, clock),
        applications=Applications(admit, store, clock, REFRESH),
        organizations=Organizations(admit, store, keep, mint, clock),
        people=People(admit, store, clock),
        session=SESSION,
        grants=build_grants(parts, recogniser, admit, signer, prove, mint),
        tokens=tokens,
        overview=Overview(admit, store, clock, usage.store, recogniser),
        usage=usage,
        token_usage=ShowUsage(admit, store, usage.store, clock),
        policies=SetPolicies(admit, store, clock),
        catalogue=Curate(
            admit, store, clock, tuple(one for one in ALL if one not in {SESSION, DEVICE})
        ),
        clients=Clients(admit, store, keep, mint, clock),
        client_secrets=ClientSecrets(admit, store, keep, mint, clock),
        devices=build_devices(parts, deployment, recogniser, admit, signer, mint),
        brokers=build_brokers(parts, deployment, admit, verify, notes),
        my_factors=seconds.my_factors(confirming),
        passkeys=seconds.passkeys(confirming, mint),
        remove_factors=RemoveFactors(admit, store, clock),
        browsing=seconds.browsing(),
        explain=Explain(admit, store, clock, FORMS),
        choices=Choose(admit, store, clock),
        names=Names(admit, store),
        user_token=ShowUserToken(admit, signer, clock, SESSION),
        my_sessions=ShowSessions(admit, store, clock, tokens, SESSION),
    )
