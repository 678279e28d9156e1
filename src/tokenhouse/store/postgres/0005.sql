-- Clients: applications that ask for tokens in somebody's name, or in their own.

CREATE TABLE clients (
    id BYTEA PRIMARY KEY CHECK (length(id) = 16),
    version BIGINT NOT NULL CHECK (version > 0),
    organization_id BYTEA NOT NULL CHECK (length(organization_id) = 16),
    client_id TEXT NOT NULL CHECK (length(client_id) = 24),
    label TEXT NOT NULL,
    grants TEXT NOT NULL,
    permissions TEXT,
    audience TEXT,
    group_id BYTEA CHECK (length(group_id) = 16),
    refresh_lifetime BIGINT NOT NULL CHECK (refresh_lifetime > 0),
    slides SMALLINT NOT NULL CHECK (slides IN (0, 1)),
    deployment SMALLINT NOT NULL CHECK (deployment IN (0, 1)),
    suspended SMALLINT NOT NULL CHECK (suspended IN (0, 1)),
    revoked_before BIGINT NOT NULL CHECK (revoked_before >= 0),
    secrets TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE UNIQUE INDEX clients_name ON clients (client_id);
CREATE INDEX clients_organization ON clients (organization_id, id);
