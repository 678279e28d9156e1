-- Devices: machines with an identity of their own, which hold tokens.

CREATE TABLE devices (
    id BLOB PRIMARY KEY CHECK (length(id) = 16),
    version INTEGER NOT NULL CHECK (version > 0),
    organization_id BLOB NOT NULL CHECK (length(organization_id) = 16),
    number INTEGER NOT NULL CHECK (number BETWEEN 1 AND 2147483647),
    identifier TEXT NOT NULL,
    serial_number TEXT NOT NULL,
    model_id TEXT NOT NULL,
    cpu_id TEXT,
    uuid TEXT NOT NULL,
    suspended INTEGER NOT NULL CHECK (suspended IN (0, 1)),
    manufactured_at INTEGER,
    family_id BLOB NOT NULL CHECK (length(family_id) = 16),
    revoked_before INTEGER NOT NULL CHECK (revoked_before >= 0),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX devices_number ON devices (number);
CREATE UNIQUE INDEX devices_identifier ON devices (organization_id, identifier);
CREATE INDEX devices_organization ON devices (organization_id, id);

-- What a column may hold cannot be altered, so the table is made anew.
CREATE TABLE tokens_with_devices (
    id BLOB PRIMARY KEY CHECK (length(id) = 16),
    version INTEGER NOT NULL CHECK (version > 0),
    kind TEXT NOT NULL,
    organization_id BLOB NOT NULL CHECK (length(organization_id) = 16),
    holder_kind TEXT NOT NULL CHECK (holder_kind IN ('organization', 'membership', 'client', 'device')),
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
    ends_at INTEGER,
    addresses TEXT NOT NULL DEFAULT '[]',
    audience TEXT,
    permissions TEXT,
    set_id INTEGER CHECK (set_id > 0),
    client_id BLOB CHECK (length(client_id) = 16),
    auth_time INTEGER,
    successor_id BLOB CHECK (length(successor_id) = 16),
    sealed BLOB
) STRICT, WITHOUT ROWID;

INSERT INTO tokens_with_devices (
    id, version, kind, organization_id, holder_kind, holder_id, family_id, predecessor_id, sequence,
    number, status_index, fingerprint, hint, description, groups, made_by, created_at, updated_at,
    expires_at, superseded_at, revoked_at, ends_at, addresses, audience, permissions, set_id,
    client_id, auth_time, successor_id, sealed
) SELECT
    id, version, kind, organization_id, holder_kind, holder_id, family_id, predecessor_id, sequence,
    number, status_index, fingerprint, hint, description, groups, made_by, created_at, updated_at,
    expires_at, superseded_at, revoked_at, ends_at, addresses, audience, permissions, set_id,
    client_id, auth_time, successor_id, sealed
  FROM tokens;

DROP TABLE tokens;
ALTER TABLE tokens_with_devices RENAME TO tokens;

CREATE UNIQUE INDEX tokens_fingerprint ON tokens (fingerprint) WHERE fingerprint IS NOT NULL;
CREATE UNIQUE INDEX tokens_number ON tokens (kind, number) WHERE number IS NOT NULL;
CREATE UNIQUE INDEX tokens_status ON tokens (status_index) WHERE status_index IS NOT NULL;
CREATE INDEX tokens_organization ON tokens (organization_id, kind, id);
CREATE INDEX tokens_holder ON tokens (holder_id, kind, id);
CREATE INDEX tokens_family ON tokens (family_id);
CREATE INDEX tokens_end ON tokens (kind, ends_at) WHERE ends_at IS NOT NULL;
