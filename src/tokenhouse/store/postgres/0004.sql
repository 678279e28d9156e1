-- Predefined sets of permissions, tokens that are limited to a list or a set, numbers of people.

ALTER TABLE catalogues ADD COLUMN sets TEXT NOT NULL DEFAULT '[]';
ALTER TABLE catalogues ADD COLUMN last_set BIGINT NOT NULL DEFAULT 0 CHECK (last_set >= 0);

ALTER TABLE tokens ADD COLUMN permissions TEXT;
ALTER TABLE tokens ADD COLUMN set_id BIGINT CHECK (set_id > 0);

ALTER TABLE people ADD COLUMN number BIGINT NOT NULL DEFAULT 0
    CHECK (number BETWEEN 0 AND 2147483647);
UPDATE people SET number = counted.number
  FROM (SELECT id, row_number() OVER (ORDER BY id) AS number FROM people) counted
 WHERE counted.id = people.id;
CREATE UNIQUE INDEX people_number ON people (number);
UPDATE head SET numbers = (numbers::jsonb || jsonb_build_object('person', (SELECT count(*) FROM people)))::text
 WHERE EXISTS (SELECT 1 FROM people);
