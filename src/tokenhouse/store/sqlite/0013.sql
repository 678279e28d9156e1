-- The key by which somebody copies his session token in the console; what ends his sessions alone.

ALTER TABLE people ADD COLUMN hotkey TEXT;
ALTER TABLE people ADD COLUMN sessions_revoked_before INTEGER NOT NULL DEFAULT 0
    CHECK (sessions_revoked_before >= 0);
