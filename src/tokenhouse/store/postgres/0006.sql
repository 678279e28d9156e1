-- Tokens that are issued at a client, or to one, and refresh tokens that seal their successor.

ALTER TABLE tokens DROP CONSTRAINT tokens_holder_kind_check;
ALTER TABLE tokens ADD CONSTRAINT tokens_holder_kind_check
    CHECK (holder_kind IN ('organization', 'membership', 'client'));
ALTER TABLE tokens ADD COLUMN client_id BYTEA CHECK (length(client_id) = 16);
ALTER TABLE tokens ADD COLUMN auth_time BIGINT;
ALTER TABLE tokens ADD COLUMN successor_id BYTEA CHECK (length(successor_id) = 16);
ALTER TABLE tokens ADD COLUMN sealed BYTEA;
