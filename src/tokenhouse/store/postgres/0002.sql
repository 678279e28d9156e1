-- What the native API brings: policies, marks of sign-ins, where a token may be used, links.

ALTER TABLE organizations ADD COLUMN longest_lifetimes TEXT NOT NULL DEFAULT '{}';
ALTER TABLE organizations ADD COLUMN expiry_required SMALLINT NOT NULL DEFAULT 0
    CHECK (expiry_required IN (0, 1));
ALTER TABLE people ADD COLUMN sign_ins_revoked_before BIGINT NOT NULL DEFAULT 0
    CHECK (sign_ins_revoked_before >= 0);
ALTER TABLE people ADD COLUMN spared_token_id BYTEA CHECK (length(spared_token_id) = 16);
ALTER TABLE tokens ADD COLUMN addresses TEXT NOT NULL DEFAULT '[]';
ALTER TABLE tokens ADD COLUMN audience TEXT;

CREATE INDEX people_operators ON people (id) WHERE operator = 1;

-- What a retry is given again is no longer a token alone.
ALTER TABLE kept_answers RENAME COLUMN token_id TO subject_id;

-- A list of one holder's tokens goes by their ids.
DROP INDEX tokens_holder;
CREATE INDEX tokens_holder ON tokens (holder_id, kind, id);

ALTER TABLE events ADD COLUMN person_id BYTEA CHECK (length(person_id) = 16);
UPDATE events SET person_id = decode(replace(
    coalesce(body::jsonb #>> '{details,person}', body::jsonb ->> 'actor'), '-', ''), 'hex')
 WHERE body IS NOT NULL AND (body::jsonb #>> '{details,person}' IS NOT NULL
    OR body::jsonb ->> 'actor' <> body::jsonb ->> 'organization');
CREATE INDEX events_person ON events (person_id, sequence) WHERE person_id IS NOT NULL;

CREATE TABLE links (
    id BYTEA PRIMARY KEY CHECK (length(id) = 16),
    version BIGINT NOT NULL CHECK (version > 0),
    purpose TEXT NOT NULL CHECK (purpose IN ('invitation', 'recovery')),
    organization_id BYTEA NOT NULL CHECK (length(organization_id) = 16),
    fingerprint BYTEA NOT NULL CHECK (length(fingerprint) = 32),
    email TEXT NOT NULL,
    full_name TEXT NOT NULL,
    groups BYTEA NOT NULL CHECK (length(groups) % 16 = 0),
    person_id BYTEA CHECK (length(person_id) = 16),
    password_version BIGINT NOT NULL CHECK (password_version >= 0),
    maker_kind TEXT NOT NULL,
    maker_id BYTEA CHECK (length(maker_id) = 16),
    sequence BIGINT NOT NULL CHECK (sequence > 0),
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE UNIQUE INDEX links_fingerprint ON links (fingerprint);
CREATE INDEX links_organization ON links (organization_id, purpose, id);
CREATE INDEX links_expiry ON links (expires_at, id);
