-- The URI helpers: the split of RFC 3986, appendix B.
BEGIN;
SELECT plan(2);

SELECT is(
  mathesar_types.uri_parts('https://u@h.org:81/p/q?x=1&y=?2#f#g?'),
  '{https:,https,//u@h.org:81,u@h.org:81,/p/q,?x=1&y=?2,x=1&y=?2,#f#g?,f#g?}'::text[],
  'uri_parts gives nine elements'
);
SELECT is(mathesar_types.uri_authority('a:'), NULL, 'an absent authority is NULL');

SELECT * FROM finish();
ROLLBACK;
