-- Casts of whole columns: by ALTER TABLE as the service does it, in views, defaults and indexes.
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
    ALTER spare TYPE mathesar_types.multicurrency_money USING mathesar_types.cast_to_multicurrency_money(spare)$$,
  'columns are altered by casts'
);
SELECT results_eq(
  'SELECT amount, day, paid, site::text, mail::text FROM orders ORDER BY id',
  $$VALUES (8250.5, '2021-03-04'::date, true, 'http://example.org', 'ann@example.net'),
    (-7.0, '2021-03-05', false, 'https://example.org/A', NULL)$$,
  'and hold the values'
);
SELECT lives_ok(
  $$ALTER TABLE orders
    ALTER amount TYPE text USING mathesar_types.cast_to_text(amount),
    ALTER day TYPE character(12) USING mathesar_types.cast_to_character(day),
    ALTER mail TYPE character varying(30) USING mathesar_types.cast_to_character_varying(mail)$$,
  'and back to text'
);
SELECT is((SELECT amount FROM orders WHERE id = 1), '8250.5', 'numbers become text');
SELECT is((SELECT octet_length(day) FROM orders WHERE id = 1), 12, 'character columns pad');
SELECT throws_ok(
  'ALTER TABLE orders ALTER amount TYPE numeric(3, 1) USING mathesar_types.cast_to_numeric(amount)',
  '22003', 'numeric field overflow', 'options of the type are applied to the result'
);
SELECT throws_ok(
  'ALTER TABLE orders ALTER id TYPE interval USING mathesar_types.cast_to_interval(id)',
  '42883', 'function mathesar_types.cast_to_interval(integer) does not exist', 'a cast that is not there is an error'
);
UPDATE orders SET amount = 'many' WHERE id = 2;
SELECT throws_ok(
  'ALTER TABLE orders ALTER amount TYPE numeric USING mathesar_types.cast_to_numeric(amount)',
  'P0001', 'many cannot be cast to numeric', 'one value that fails makes the whole fail'
);
SELECT is((SELECT amount FROM orders WHERE id = 1), '8250.5', 'and changes nothing');

CREATE TABLE defaults (
  made date DEFAULT mathesar_types.cast_to_date('2021-03-04'::text),
  home mathesar_types.uri DEFAULT mathesar_types.cast_to_uri('x.org'::text)
);
INSERT INTO defaults DEFAULT VALUES;
SELECT is((SELECT home::text FROM defaults), 'http://x.org', 'casts serve in defaults');
CREATE VIEW texts AS SELECT mathesar_types.cast_to_text(made) AS made FROM defaults;
SELECT is((SELECT made FROM texts), '2021-03-04', 'and in views');

SELECT set_config('search_path', concat('mathesar_types, ', current_setting('search_path')), true);
SELECT is(cast_to_integer('8'), 8, 'the schema may be on the search_path');
SELECT throws_ok(
  $$SELECT cast_to_email('x')$$,
  '23514', 'value for domain email violates check constraint "email_check"', 'and then is left out of messages'
);
SET LOCAL standard_conforming_strings = off;
SET LOCAL escape_string_warning = off;
SELECT is(mathesar_types.cast_to_numeric('8''250.5'::text), 8250.5, 'escapes in strings do not matter');
SELECT is(mathesar_types.cast_to_mathesar_money('(7)'::text)::numeric, -7::numeric, 'nor in the cast to money');

SELECT is(
  (SELECT count(*) FROM pg_proc WHERE pronamespace = 'mathesar_types'::regnamespace),
  469::bigint,
  'there are 459 casts and 10 helpers'
);

SELECT * FROM finish();
ROLLBACK;
