-- Second factors: authenticator apps, passkeys, recovery codes; what was given without one.

ALTER TABLE people ADD COLUMN grants_revoked_before BIGINT NOT NULL DEFAULT 0
    CHECK (grants_revoked_before >= 0);

CREATE TABLE totps (
    id BYTEA PRIMARY KEY CHECK (length(id) = 16),
    version BIGINT NOT NULL CHECK (version > 0),
    sealed BYTEA NOT NULL,
    master_key_id TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    confirmed_at BIGINT,
    last_step BIGINT NOT NULL
);

CREATE TABLE passkeys (
    id BYTEA PRIMARY KEY CHECK (length(id) = 16),
    version BIGINT NOT NULL CHECK (version > 0),
    person_id BYTEA NOT NULL CHECK (length(person_id) = 16),
    credential_id BYTEA NOT NULL,
    public_key BYTEA NOT NULL,
    sign_count BIGINT NOT NULL CHECK (sign_count >= 0),
    label TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT
);

CREATE UNIQUE INDEX passkeys_credential ON passkeys (credential_id);
CREATE INDEX passkeys_person ON passkeys (person_id, id);

CREATE TABLE recovery_codes (
    id BYTEA PRIMARY KEY CHECK (length(id) = 16),
    version BIGINT NOT NULL CHECK (version > 0),
    digests TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE spent_challenges (
    id BYTEA PRIMARY KEY CHECK (length(id) = 16),
    version BIGINT NOT NULL CHECK (version > 0),
    expires_at BIGINT NOT NULL
);

CREATE INDEX spent_challenges_expiry ON spent_challenges (expires_at, id);
