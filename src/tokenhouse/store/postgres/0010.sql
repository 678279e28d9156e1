-- How often tokens were presented: bookkeeping, which nobody waits for and nothing rests on.

CREATE TABLE usage_hours (
    token_id BYTEA NOT NULL CHECK (length(token_id) = 16),
    hour BIGINT NOT NULL,
    outcome TEXT COLLATE "C" NOT NULL,
    uses BIGINT NOT NULL CHECK (uses > 0),
    PRIMARY KEY (token_id, hour, outcome)
) WITH (fillfactor = 70);
CREATE INDEX usage_hours_hour ON usage_hours (hour);

CREATE TABLE usage_days (
    token_id BYTEA NOT NULL CHECK (length(token_id) = 16),
    day BIGINT NOT NULL,
    outcome TEXT COLLATE "C" NOT NULL,
    uses BIGINT NOT NULL CHECK (uses > 0),
    PRIMARY KEY (token_id, day, outcome)
);
CREATE INDEX usage_days_day ON usage_days (day);

CREATE TABLE last_uses (
    id BYTEA PRIMARY KEY CHECK (length(id) = 16),
    used_at BIGINT NOT NULL
) WITH (fillfactor = 70);

CREATE TABLE usage_batches (
    process_id BYTEA PRIMARY KEY CHECK (length(process_id) = 16),
    number BIGINT NOT NULL CHECK (number > 0),
    moment BIGINT NOT NULL
);
