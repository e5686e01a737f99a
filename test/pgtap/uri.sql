-- The URI and e-mail helpers: the split of RFC 3986, appendix B; indexes that rest on them.
BEGIN;
SELECT plan(16);

SELECT is(
  mathesar_types.uri_parts('https://u@h.org:81/p/q?x=1&y=?2#f#g?'),
  '{https:,https,//u@h.org:81,u@h.org:81,/p/q,?x=1&y=?2,x=1&y=?2,#f#g?,f#g?}'::text[],
  'uri_parts gives nine elements'
);
SELECT is(
  mathesar_types.uri_parts(''),
  ARRAY[NULL, NULL, NULL, NULL, '', NULL, NULL, NULL, NULL]::text[],
  'all parts but the path may be absent'
);
SELECT is(mathesar_types.uri_parts(NULL), NULL, 'uri_parts of NULL is NULL');
SELECT is(mathesar_types.uri_scheme('://x'), NULL, 'nothing before the colon is no scheme');
SELECT is(mathesar_types.uri_scheme('a/b:c'), NULL, 'a colon behind a slash makes no scheme');
SELECT is(mathesar_types.uri_authority('a:'), NULL, 'an absent authority is NULL');
SELECT is(mathesar_types.uri_authority('http://'), '', 'an empty authority is empty');
SELECT is(mathesar_types.uri_path('://x'), '://x', 'what is no scheme and no authority is path');
SELECT is(mathesar_types.uri_query('a?b?c#d?e'), 'b?c', 'a query ends at the number sign');
SELECT is(mathesar_types.uri_query('a#b?c'), NULL, 'a question mark behind the number sign makes no query');
SELECT is(mathesar_types.uri_fragment('#'), '', 'an empty fragment is empty');

SELECT throws_ok(
  $$SELECT 'example.org'::mathesar_types.uri$$,
  '23514',
  'value for domain mathesar_types.uri violates check constraint "uri_check"',
  'text without a scheme is no uri'
);
SELECT is(MATHESAR_TYPES.EMAIL_LOCAL_PART('ann.b+c@Example.net'), 'ann.b+c', 'names may be written in capitals');
SELECT throws_ok(
  $$SELECT mathesar_types.email_domain_name('nobody')$$,
  '23514',
  'value for domain mathesar_types.email violates check constraint "email_check"',
  'a part of what is no address is an error'
);

CREATE TABLE contacts (mail mathesar_types.email, home mathesar_types.uri);
SELECT lives_ok(
  'CREATE INDEX ON contacts (mathesar_types.email_domain_name(mail), mathesar_types.uri_authority(home))',
  'the helpers can be indexed'
);
INSERT INTO contacts VALUES ('ann@example.net', 'https://example.net/'), (NULL, NULL);
SET LOCAL enable_seqscan = off;
SELECT is(
  (SELECT home::text FROM contacts WHERE mathesar_types.email_domain_name(mail) = 'example.net'),
  'https://example.net/',
  'and found by the index'
);

SELECT * FROM finish();
ROLLBACK;
