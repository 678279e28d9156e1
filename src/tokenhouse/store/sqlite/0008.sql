-- Short names, by which people can sign in as well.

ALTER TABLE people ADD COLUMN short_name TEXT;
CREATE UNIQUE INDEX people_short_name ON people (short_name) WHERE short_name IS NOT NULL;
