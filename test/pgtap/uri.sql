-- Tests of the functions for URIs (RFC 3986, appendix B) and e-mail addresses, and of indexes on them.
BEGIN;
SELECT plan(16);

SELECT is(
  mathesar_types.uri_parts('https://u@h.org:81/p/q?x=1&y=?2#f#g?'),
  '{https:,https,//u@h.org:81,u@h.org:81,/p/q,?x=1&y=?2,x=1&y=?2,#f#g?,f#g?}'::text[],
  'uri_parts returns nine elements'
);
SELECT is(
  mathesar_types.uri_parts(''),
  ARRAY[NULL, NULL, NULL, NULL, '', NULL, NULL, NULL, NULL]::text[],
  'uri_parts returns NULL for all absent parts but the path'
);
SELECT is(mathesar_types.uri_parts(NULL), NULL, 'uri_parts returns NULL for NULL');
SELECT is(mathesar_types.uri_scheme('://x'), NULL, 'uri_scheme returns NULL if the text starts with a colon');
SELECT is(mathesar_types.uri_scheme('a/b:c'), NULL, 'uri_scheme ignores a colon after a slash');
SELECT is(mathesar_types.uri_authority('a:'), NULL, 'uri_authority returns NULL without an authority');
SELECT is(
  mathesar_types.uri_authority('http://'),
  '',
  'uri_authority returns the empty string for an empty authority'
);
SELECT is(mathesar_types.uri_path('://x'), '://x', 'uri_path returns text without a scheme and an authority');
SELECT is(mathesar_types.uri_query('a?b?c#d?e'), 'b?c', 'uri_query ends at the number sign');
SELECT is(mathesar_types.uri_query('a#b?c'), NULL, 'uri_query ignores a question mark after the number sign');
SELECT is(
  mathesar_types.uri_fragment('#'),
  '',
  'uri_fragment returns the empty string for an empty fragment'
);

SELECT throws_ok(
  $$SELECT 'example.org'::mathesar_types.uri$$,
  '23514',
  'value for domain mathesar_types.uri violates check constraint "uri_check"',
  'the type uri refuses text without a scheme'
);
SELECT is(
  MATHESAR_TYPES.EMAIL_LOCAL_PART('ann.b+c@Example.net'),
  'ann.b+c',
  'function names can be in capitals'
);
SELECT throws_ok(
  $$SELECT mathesar_types.email_domain_name('nobody')$$,
  '23514',
  'value for domain mathesar_types.email violates check constraint "email_check"',
  'email_domain_name refuses text that is not an address'
);

CREATE TABLE contacts (mail mathesar_types.email, home mathesar_types.uri);
SELECT lives_ok(
  'CREATE INDEX ON contacts (mathesar_types.email_domain_name(mail), mathesar_types.uri_authority(home))',
  'an index can use the functions'
);
INSERT INTO contacts VALUES ('ann@example.net', 'https://example.net/'), (NULL, NULL);
SET LOCAL enable_seqscan = off;
SELECT is(
  (SELECT home::text FROM contacts WHERE mathesar_types.email_domain_name(mail) = 'example.net'),
  'https://example.net/',
  'a query finds the row by the index'
);

SELECT * FROM finish();
ROLLBACK;
