-- Devices: machines with an identity of their own, which hold tokens.

CREATE TABLE devices (
    id BYTEA PRIMARY KEY CHECK (length(id) = 16),
    version BIGINT NOT NULL CHECK (version > 0),
    organization_id BYTEA NOT NULL CHECK (length(organization_id) = 16),
    number BIGINT NOT NULL CHECK (number BETWEEN 1 AND 2147483647),
    identifier TEXT NOT NULL,
    serial_number TEXT NOT NULL,
    model_id TEXT NOT NULL,
    cpu_id TEXT,
    uuid TEXT NOT NULL,
    suspended SMALLINT NOT NULL CHECK (suspended IN (0, 1)),
    manufactured_at BIGINT,
    family_id BYTEA NOT NULL CHECK (length(family_id) = 16),
    revoked_before BIGINT NOT NULL CHECK (revoked_before >= 0),
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE UNIQUE INDEX devices_number ON devices (number);
CREATE UNIQUE INDEX devices_identifier ON devices (organization_id, identifier);
CREATE INDEX devices_organization ON devices (organization_id, id);

ALTER TABLE tokens DROP CONSTRAINT tokens_holder_kind_check;
ALTER TABLE tokens ADD CONSTRAINT tokens_holder_kind_check
    CHECK (holder_kind IN ('organization', 'membership', 'client', 'device'));
