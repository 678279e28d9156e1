"""The verbs of the product, one file each.

Owns what each verb does: judge the caller, fetch, ask the core, commit the result with its event.
Does not own how a request or an answer is spelled (`faces`), nor where records are kept (`store`,
`signing`): those are handed in through `ports`. A face is given an `Authority` and nothing else.
"""

import msgspec

from tokenhouse.core.kind import Kind
from tokenhouse.core.principal import Deployment
from tokenhouse.operations.accept import Accept
from tokenhouse.operations.applications import Applications
from tokenhouse.operations.ask import Ask
from tokenhouse.operations.at_once import AtOnce
from tokenhouse.operations.brokers import Brokers
from tokenhouse.operations.browsing import Browsing
from tokenhouse.operations.chain import Chain
from tokenhouse.operations.change_email import ChangeEmail
from tokenhouse.operations.change_password import ChangePassword
from tokenhouse.operations.choices import Choose
from tokenhouse.operations.client_secrets import ClientSecrets
from tokenhouse.operations.clients import Clients
from tokenhouse.operations.curate import Curate
from tokenhouse.operations.describe import Describe
from tokenhouse.operations.devices import Devices
from tokenhouse.operations.edit import EditToken
from tokenhouse.operations.explain import Explain
from tokenhouse.operations.factors import MyFactors
from tokenhouse.operations.feed import Feed
from tokenhouse.operations.grants import Grants
from tokenhouse.operations.groups import Groups
from tokenhouse.operations.invite import Invite
from tokenhouse.operations.issue import Issue
from tokenhouse.operations.keys import Keys
from tokenhouse.operations.me import Me
from tokenhouse.operations.memberships import Memberships
from tokenhouse.operations.my_sessions import ShowSessions
from tokenhouse.operations.naming import Names
from tokenhouse.operations.note import Notes
from tokenhouse.operations.organizations import Organizations
from tokenhouse.operations.overview import Overview
from tokenhouse.operations.passkeys import Passkeys
from tokenhouse.operations.people import People
from tokenhouse.operations.permissions import ListPermissions
from tokenhouse.operations.policies import SetPolicies
from tokenhouse.operations.recover import Recover, Redeem
from tokenhouse.operations.remove_factors import RemoveFactors
from tokenhouse.operations.revoke import Revoke
from tokenhouse.operations.revoke_all import RevokeAll
from tokenhouse.operations.rotate import Rotate
from tokenhouse.operations.sign_in import SignIn
from tokenhouse.operations.signing_keys import SigningKeys
from tokenhouse.operations.token_usage import ShowUsage
from tokenhouse.operations.tokens import Tokens
from tokenhouse.operations.trail import Trail
from tokenhouse.operations.usage import Usage
from tokenhouse.operations.user_token import ShowUserToken
from tokenhouse.operations.verify import Verify


class Authority(msgspec.Struct, frozen=True):
    """Everything that can be asked of Tokenhouse: one attribute per operation."""

    deployment: Deployment
    organizational: Kind
    personal: Kind
    limited: Kind
    ask: Ask
    at_once: AtOnce
    describe: Describe
    edit: EditToken
    groups: Groups
    issue: Issue
    keys: Keys
    memberships: Memberships
    notes: Notes
    revoke: Revoke
    revoke_all: RevokeAll
    rotate: Rotate
    sign_in: SignIn
    accept: Accept
    change_email: ChangeEmail
    change_password: ChangePassword
    invite: Invite
    recover: Recover
    redeem: Redeem
    permissions: ListPermissions
    trail: Trail
    verify: Verify
    chain: Chain
    feed: Feed
    signing_keys: SigningKeys
    me: Me
    applications: Applications
    organizations: Organizations
    people: People
    session: Kind
    grants: Grants
    tokens: Tokens
    overview: Overview
    usage: Usage
    token_usage: ShowUsage
    policies: SetPolicies
    catalogue: Curate
    clients: Clients
    client_secrets: ClientSecrets
    devices: Devices
    brokers: Brokers
    my_factors: MyFactors
    passkeys: Passkeys
    remove_factors: RemoveFactors
    browsing: Browsing
    explain: Explain
    choices: Choose
    names: Names
    user_token: ShowUserToken
    my_sessions: ShowSessions
