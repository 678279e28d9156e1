-- Ids are 16 bytes, moments integer microseconds UTC, booleans 0 or 1.
-- Deadlines and uniqueness are said here; what a record means is said where it is decided.
-- Texts that are sorted or unique go by code points, whatever the database's own order is.

CREATE TABLE head (
    one BIGINT PRIMARY KEY CHECK (one = 1),
    sequence BIGINT NOT NULL CHECK (sequence >= 0),
    moment BIGINT NOT NULL,
    link BYTEA NOT NULL CHECK (length(link) = 32),
    numbers TEXT NOT NULL,
    statuses BIGINT NOT NULL CHECK (statuses >= 0),
    feed_floor BIGINT NOT NULL CHECK (feed_floor <= sequence),
    spent BYTEA NOT NULL CHECK (length(spent) = 16)
) WITH (fillfactor = 10); -- replaced by every commit, within its page

INSERT INTO head
VALUES (1, 0, 0, decode(repeat('00', 32), 'hex'), '{}', 0, 0, decode(repeat('00', 16), 'hex'));

CREATE TABLE epochs (
    id BYTEA PRIMARY KEY CHECK (length(id) = 16),
    epoch BIGINT NOT NULL CHECK (epoch > 0)
);

CREATE TABLE deployments (
    id BYTEA PRIMARY KEY CHECK (length(id) = 16),
    version BIGINT NOT NULL CHECK (version > 0),
    issuer TEXT NOT NULL,
    brand TEXT NOT NULL,
    revoked_before BIGINT NOT NULL CHECK (revoked_before >= 0),
    created_at BIGINT NOT NULL
);

CREATE TABLE catalogues (
    id BYTEA PRIMARY KEY CHECK (length(id) = 16),
    version BIGINT NOT NULL CHECK (version > 0),
    entries TEXT NOT NULL
);

CREATE TABLE organizations (
    id BYTEA PRIMARY KEY CHECK (length(id) = 16),
    version BIGINT NOT NULL CHECK (version > 0),
    name TEXT NOT NULL,
    suspended SMALLINT NOT NULL CHECK (suspended IN (0, 1)),
    revoked_before BIGINT NOT NULL CHECK (revoked_before >= 0),
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE TABLE people (
    id BYTEA PRIMARY KEY CHECK (length(id) = 16),
    version BIGINT NOT NULL CHECK (version > 0),
    email TEXT COLLATE "C" NOT NULL,
    full_name TEXT NOT NULL,
    operator SMALLINT NOT NULL CHECK (operator IN (0, 1)),
    suspended SMALLINT NOT NULL CHECK (suspended IN (0, 1)),
    revoked_before BIGINT NOT NULL CHECK (revoked_before >= 0),
    default_organization_id BYTEA NOT NULL CHECK (length(default_organization_id) = 16),
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE UNIQUE INDEX people_email ON people (email);

CREATE TABLE passwords (
    id BYTEA PRIMARY KEY CHECK (length(id) = 16),
    version BIGINT NOT NULL CHECK (version > 0),
    phc TEXT NOT NULL CHECK (phc <> '')
);

CREATE TABLE memberships (
    id BYTEA PRIMARY KEY CHECK (length(id) = 16),
    version BIGINT NOT NULL CHECK (version > 0),
    person_id BYTEA NOT NULL CHECK (length(person_id) = 16),
    organization_id BYTEA NOT NULL CHECK (length(organization_id) = 16),
    groups BYTEA NOT NULL CHECK (length(groups) % 16 = 0),
    suspended SMALLINT NOT NULL CHECK (suspended IN (0, 1)),
    ended_at BIGINT,
    revoked_before BIGINT NOT NULL CHECK (revoked_before >= 0),
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE UNIQUE INDEX memberships_live ON memberships (person_id, organization_id)
WHERE ended_at IS NULL;
CREATE INDEX memberships_organization ON memberships (organization_id) WHERE ended_at IS NULL;

CREATE TABLE policy_groups (
    id BYTEA PRIMARY KEY CHECK (length(id) = 16),
    version BIGINT NOT NULL CHECK (version > 0),
    organization_id BYTEA NOT NULL CHECK (length(organization_id) = 16),
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    permissions TEXT NOT NULL,
    fixed SMALLINT NOT NULL CHECK (fixed IN (0, 1)),
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    name_key TEXT COLLATE "C" NOT NULL
);

CREATE UNIQUE INDEX policy_groups_name ON policy_groups (organization_id, name_key);

CREATE TABLE tokens (
    id BYTEA PRIMARY KEY CHECK (length(id) = 16),
    version BIGINT NOT NULL CHECK (version > 0),
    kind TEXT NOT NULL,
    organization_id BYTEA NOT NULL CHECK (length(organization_id) = 16),
    holder_kind TEXT NOT NULL CHECK (holder_kind IN ('organization', 'membership')),
    holder_id BYTEA NOT NULL CHECK (length(holder_id) = 16),
    family_id BYTEA NOT NULL CHECK (length(family_id) = 16),
    predecessor_id BYTEA CHECK (length(predecessor_id) = 16),
    sequence BIGINT NOT NULL CHECK (sequence > 0),
    number BIGINT CHECK (number BETWEEN 1 AND 2147483647),
    status_index BIGINT CHECK (status_index BETWEEN 0 AND 2147483647),
    fingerprint BYTEA CHECK (length(fingerprint) = 32),
    hint TEXT NOT NULL,
    description TEXT COLLATE "C" NOT NULL,
    groups BYTEA CHECK (length(groups) % 16 = 0),
    made_by BYTEA NOT NULL CHECK (length(made_by) = 16),
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    expires_at BIGINT,
    superseded_at BIGINT,
    revoked_at BIGINT,
    ends_at BIGINT
);

CREATE UNIQUE INDEX tokens_fingerprint ON tokens (fingerprint) WHERE fingerprint IS NOT NULL;
CREATE UNIQUE INDEX tokens_number ON tokens (kind, number) WHERE number IS NOT NULL;
CREATE UNIQUE INDEX tokens_status ON tokens (status_index) WHERE status_index IS NOT NULL;
CREATE INDEX tokens_organization ON tokens (organization_id, kind, id);
CREATE INDEX tokens_holder ON tokens (holder_id, kind);
CREATE INDEX tokens_family ON tokens (family_id);
CREATE INDEX tokens_end ON tokens (kind, ends_at) WHERE ends_at IS NOT NULL;

CREATE TABLE family_ends (
    id BYTEA PRIMARY KEY CHECK (length(id) = 16),
    version BIGINT NOT NULL CHECK (version > 0),
    organization_id BYTEA NOT NULL CHECK (length(organization_id) = 16),
    ended_at BIGINT NOT NULL
);

CREATE TABLE signing_keys (
    id BYTEA PRIMARY KEY CHECK (length(id) = 16),
    version BIGINT NOT NULL CHECK (version > 0),
    algorithm TEXT NOT NULL,
    public TEXT NOT NULL,
    sealed BYTEA,
    master_key_id TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    activated_at BIGINT,
    retires_at BIGINT
);

CREATE TABLE kept_answers (
    id BYTEA PRIMARY KEY CHECK (length(id) = 16),
    version BIGINT NOT NULL CHECK (version > 0),
    request_hash BYTEA NOT NULL,
    token_id BYTEA NOT NULL CHECK (length(token_id) = 16),
    sealed BYTEA NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE INDEX kept_answers_age ON kept_answers (created_at, id);

CREATE TABLE events (
    sequence BIGINT PRIMARY KEY,
    organization_id BYTEA NOT NULL CHECK (length(organization_id) = 16),
    name TEXT NOT NULL,
    moment BIGINT NOT NULL,
    digest BYTEA NOT NULL CHECK (length(digest) = 32),
    link BYTEA NOT NULL CHECK (length(link) = 32),
    body TEXT,
    erases_at BIGINT
);

CREATE INDEX events_organization ON events (organization_id, sequence);
CREATE INDEX events_erasure ON events (erases_at) WHERE erases_at IS NOT NULL;

CREATE TABLE feed (
    sequence BIGINT PRIMARY KEY,
    moment BIGINT NOT NULL,
    operation_id BYTEA NOT NULL CHECK (length(operation_id) = 16),
    organization_id BYTEA NOT NULL CHECK (length(organization_id) = 16),
    touched TEXT NOT NULL
);

CREATE TABLE attempts (
    key BYTEA PRIMARY KEY,
    free_at BIGINT NOT NULL
) WITH (fillfactor = 70);

CREATE INDEX attempts_free_at ON attempts (free_at);
