-- Sequences of the last event that accepted the clock, and of the last that told of a jump.

ALTER TABLE head ADD COLUMN clock_accepted BIGINT NOT NULL DEFAULT 0 CHECK (clock_accepted >= 0);
ALTER TABLE head ADD COLUMN clock_jumped BIGINT NOT NULL DEFAULT 0 CHECK (clock_jumped >= 0);
