-- Ids are 16 bytes, moments integer microseconds UTC, booleans 0 or 1.
-- Deadlines and uniqueness are said here; what a record means is said where it is decided.

CREATE TABLE head (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    sequence INTEGER NOT NULL CHECK (sequence >= 0),
    moment INTEGER NOT NULL,
    link BLOB NOT NULL CHECK (length(link) = 32),
    numbers TEXT NOT NULL,
    statuses INTEGER NOT NULL CHECK (statuses >= 0),
    feed_floor INTEGER NOT NULL CHECK (feed_floor <= sequence),
    spent BLOB NOT NULL CHECK (length(spent) = 16)
) STRICT;

INSERT INTO head VALUES (1, 0, 0, zeroblob(32), '{}', 0, 0, zeroblob(16));

CREATE TABLE epochs (
    id BLOB PRIMARY KEY CHECK (length(id) = 16),
    epoch INTEGER NOT NULL CHECK (epoch > 0)
) STRICT, WITHOUT ROWID;

CREATE TABLE deployments (
    id BLOB PRIMARY KEY CHECK (length(id) = 16),
    version INTEGER NOT NULL CHECK (version > 0),
    issuer TEXT NOT NULL,
    brand TEXT NOT NULL,
    revoked_before INTEGER NOT NULL CHECK (revoked_before >= 0),
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE catalogues (
    id BLOB PRIMARY KEY CHECK (length(id) = 16),
    version INTEGER NOT NULL CHECK (version > 0),
    entries TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE organizations (
    id BLOB PRIMARY KEY CHECK (length(id) = 16),
    version INTEGER NOT NULL CHECK (version > 0),
    name TEXT NOT NULL,
    suspended INTEGER NOT NULL CHECK (suspended IN (0, 1)),
    revoked_before INTEGER NOT NULL CHECK (revoked_before >= 0),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE people (
    id BLOB PRIMARY KEY CHECK (length(id) = 16),
    version INTEGER NOT NULL CHECK (version > 0),
    email TEXT NOT NULL,
    full_name TEXT NOT NULL,
    operator INTEGER NOT NULL CHECK (operator IN (0, 1)),
    suspended INTEGER NOT NULL CHECK (suspended IN (0, 1)),
    revoked_before INTEGER NOT NULL CHECK (revoked_before >= 0),
    default_organization_id BLOB NOT NULL CHECK (length(default_organization_id) = 16),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX people_email ON people (email);

CREATE TABLE passwords (
    id BLOB PRIMARY KEY CHECK (length(id) = 16),
    version INTEGER NOT NULL CHECK (version > 0),
    phc TEXT NOT NULL CHECK (phc <> '')
) STRICT, WITHOUT ROWID;

CREATE TABLE memberships (
    id BLOB PRIMARY KEY CHECK (length(id) = 16),
    version INTEGER NOT NULL CHECK (version > 0),
    person_id BLOB NOT NULL CHECK (length(person_id) = 16),
    organization_id BLOB NOT NULL CHECK (length(organization_id) = 16),
    groups BLOB NOT NULL CHECK (length(groups) % 16 = 0),
    suspended INTEGER NOT NULL CHECK (suspended IN (0, 1)),
    ended_at INTEGER,
    revoked_before INTEGER NOT NULL CHECK (revoked_before >= 0),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX memberships_live ON memberships (person_id, organization_id)
WHERE ended_at IS NULL;
CREATE INDEX memberships_organization ON memberships (organization_id) WHERE ended_at IS NULL;

CREATE TABLE policy_groups (
    id BLOB PRIMARY KEY CHECK (length(id) = 16),
    version INTEGER NOT NULL CHECK (version > 0),
    organization_id BLOB NOT NULL CHECK (length(organization_id) = 16),
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    permissions TEXT NOT NULL,
    fixed INTEGER NOT NULL CHECK (fixed IN (0, 1)),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    name_key TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX policy_groups_name ON policy_groups (organization_id, name_key);

CREATE TABLE tokens (
    id BLOB PRIMARY KEY CHECK (length(id) = 16),
    version INTEGER NOT NULL CHECK (version > 0),
    kind TEXT NOT NULL,
    organization_id BLOB NOT NULL CHECK (length(organization_id) = 16),
    holder_kind TEXT NOT NULL CHECK (holder_kind IN ('organization', 'membership')),
    holder_id BLOB NOT NULL CHECK (length(holder_id) = 16),
    family_id BLOB NOT NULL CHECK (length(family_id) = 16),
    predecessor_id BLOB CHECK (length(predecessor_id) = 16),
    sequence INTEGER NOT NULL CHECK (sequence > 0),
    number INTEGER CHECK (number BETWEEN 1 AND 2147483647),
    status_index INTEGER CHECK (status_index BETWEEN 0 AND 2147483647),
    fingerprint BLOB CHECK (length(fingerprint) = 32),
    hint TEXT NOT NULL,
    description TEXT NOT NULL,
    groups BLOB CHECK (length(groups) % 16 = 0),
    made_by BLOB NOT NULL CHECK (length(made_by) = 16),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    expires_at INTEGER,
    superseded_at INTEGER,
    revoked_at INTEGER,
    ends_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX tokens_fingerprint ON tokens (fingerprint) WHERE fingerprint IS NOT NULL;
CREATE UNIQUE INDEX tokens_number ON tokens (kind, number) WHERE number IS NOT NULL;
CREATE UNIQUE INDEX tokens_status ON tokens (status_index) WHERE status_index IS NOT NULL;
CREATE INDEX tokens_organization ON tokens (organization_id, kind, id);
CREATE INDEX tokens_holder ON tokens (holder_id, kind);
CREATE INDEX tokens_family ON tokens (family_id);
CREATE INDEX tokens_end ON tokens (kind, ends_at) WHERE ends_at IS NOT NULL;

CREATE TABLE family_ends (
    id BLOB PRIMARY KEY CHECK (length(id) = 16),
    version INTEGER NOT NULL CHECK (version > 0),
    organization_id BLOB NOT NULL CHECK (length(organization_id) = 16),
    ended_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE signing_keys (
    id BLOB PRIMARY KEY CHECK (length(id) = 16),
    version INTEGER NOT NULL CHECK (version > 0),
    algorithm TEXT NOT NULL,
    public TEXT NOT NULL,
    sealed BLOB,
    master_key_id TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    activated_at INTEGER,
    retires_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE kept_answers (
    id BLOB PRIMARY KEY CHECK (length(id) = 16),
    version INTEGER NOT NULL CHECK (version > 0),
    request_hash BLOB NOT NULL,
    token_id BLOB NOT NULL CHECK (length(token_id) = 16),
    sealed BLOB NOT NULL,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX kept_answers_age ON kept_answers (created_at, id);

CREATE TABLE events (
    sequence INTEGER PRIMARY KEY,
    organization_id BLOB NOT NULL CHECK (length(organization_id) = 16),
    name TEXT NOT NULL,
    moment INTEGER NOT NULL,
    digest BLOB NOT NULL CHECK (length(digest) = 32),
    link BLOB NOT NULL CHECK (length(link) = 32),
    body TEXT,
    erases_at INTEGER
) STRICT;

CREATE INDEX events_organization ON events (organization_id, sequence);
CREATE INDEX events_erasure ON events (erases_at) WHERE erases_at IS NOT NULL;

CREATE TABLE feed (
    sequence INTEGER PRIMARY KEY,
    moment INTEGER NOT NULL,
    operation_id BLOB NOT NULL CHECK (length(operation_id) = 16),
    organization_id BLOB NOT NULL CHECK (length(organization_id) = 16),
    touched TEXT NOT NULL
) STRICT;
