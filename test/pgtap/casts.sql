-- Tests of the casts on whole columns: in ALTER TABLE, as the service runs it, and in views and defaults.
BEGIN;
SELECT plan(16);

CREATE TABLE orders (id integer, amount text, day text, paid text, site text, mail character(20), spare text);
INSERT INTO orders VALUES
  (1, '8,250.5', '3/4/2021', 'yes', 'example.org', 'ann@example.net', NULL),
  (2, '-7', '2021-03-05', 'OFF', 'https://example.org/A', NULL, NULL);

SELECT lives_ok(
  $$ALTER TABLE orders
    ALTER amount TYPE numeric(8, 1) USING mathesar_types.cast_to_numeric(amount),
    ALTER day TYPE date USING mathesar_types.cast_to_date(day),
    ALTER paid TYPE boolean USING mathesar_types.cast_to_boolean(paid),
    ALTER site TYPE mathesar_types.uri USING mathesar_types.cast_to_uri(site),
    ALTER mail TYPE mathesar_types.email USING mathesar_types.cast_to_email(mail),
    ALTER spare TYPE mathesar_types.multicurrency_money
      USING mathesar_types.cast_to_multicurrency_money(spare)$$,
  'ALTER TABLE changes columns with the casts'
);
SELECT results_eq(
  'SELECT amount, day, paid, site::text, mail::text FROM orders ORDER BY id',
  $$VALUES (8250.5, '2021-03-04'::date, true, 'http://example.org', 'ann@example.net'),
    (-7.0, '2021-03-05', false, 'https://example.org/A', NULL)$$,
  'the columns contain the cast values'
);
SELECT lives_ok(
  $$ALTER TABLE orders
    ALTER amount TYPE text USING mathesar_types.cast_to_text(amount),
    ALTER day TYPE character(12) USING mathesar_types.cast_to_character(day),
    ALTER mail TYPE character varying(30) USING mathesar_types.cast_to_character_varying(mail)$$,
  'ALTER TABLE changes the columns back to text'
);
SELECT is((SELECT amount FROM orders WHERE id = 1), '8250.5', 'cast_to_text returns the text of a number');
SELECT is((SELECT octet_length(day) FROM orders WHERE id = 1), 12, 'a character column pads its values');
SELECT throws_ok(
  'ALTER TABLE orders ALTER amount TYPE numeric(3, 1) USING mathesar_types.cast_to_numeric(amount)',
  '22003', 'numeric field overflow', 'the modifiers of the type apply to the result of a cast'
);
SELECT throws_ok(
  'ALTER TABLE orders ALTER id TYPE interval USING mathesar_types.cast_to_interval(id)',
  '42883', 'function mathesar_types.cast_to_interval(integer) does not exist',
  'ALTER TABLE refuses a cast that does not exist'
);
UPDATE orders SET amount = 'many' WHERE id = 2;
SELECT throws_ok(
  'ALTER TABLE orders ALTER amount TYPE numeric USING mathesar_types.cast_to_numeric(amount)',
  'P0001', 'many cannot be cast to numeric', 'ALTER TABLE fails if one value cannot be cast'
);
SELECT is((SELECT amount FROM orders WHERE id = 1), '8250.5', 'a failed ALTER TABLE changes nothing');

CREATE TABLE defaults (
  made date DEFAULT mathesar_types.cast_to_date('2021-03-04'::text),
  home mathesar_types.uri DEFAULT mathesar_types.cast_to_uri('x.org'::text)
);
INSERT INTO defaults DEFAULT VALUES;
SELECT is((SELECT home::text FROM defaults), 'http://x.org', 'a default can call a cast');
CREATE VIEW texts AS SELECT mathesar_types.cast_to_text(made) AS made FROM defaults;
SELECT is((SELECT made FROM texts), '2021-03-04', 'a view can call a cast');

SELECT set_config('search_path', concat('mathesar_types, ', current_setting('search_path')), true);
SELECT is(cast_to_integer('8'), 8, 'a call can omit the schema if it is on the search_path');
SELECT throws_ok(
  $$SELECT cast_to_email('x')$$,
  '23514', 'value for domain email violates check constraint "email_check"',
  'messages omit the schema if it is on the search_path'
);
SET LOCAL standard_conforming_strings = off;
SET LOCAL escape_string_warning = off;
SELECT is(
  mathesar_types.cast_to_numeric('8''250.5'::text),
  8250.5,
  'the cast to numeric does not depend on standard_conforming_strings'
);
SELECT is(
  mathesar_types.cast_to_mathesar_money('(7)'::text)::numeric,
  -7::numeric,
  'the cast to mathesar_money does not depend on standard_conforming_strings'
);

SELECT is(
  (SELECT count(*) FROM pg_proc WHERE pronamespace = 'mathesar_types'::regnamespace),
  469::bigint,
  'the schema contains 459 casts and 10 helpers'
);

SELECT * FROM finish();
ROLLBACK;
