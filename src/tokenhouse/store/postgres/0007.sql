-- How a client is told the scope of its tokens; before, the address alone decided.

ALTER TABLE clients ADD COLUMN scope_as TEXT NOT NULL DEFAULT 'address'
    CHECK (scope_as IN ('address', 'list', 'string'));
