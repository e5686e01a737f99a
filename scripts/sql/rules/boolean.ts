import type { Rule } from '../rule.ts'

/** Reads words; only ASCII letters have a letter case. */
export const booleanFromText: Rule = () => ({
  comment:
    'Returns true for t, true, y, yes, on, 1 and false for f, false, n, no, off, 0, in any letter case.\n' +
    'Raises P0001 for other text.',
  body: `
    DECLARE
      -- "C" changes the letters of ASCII only, whatever the locale.
      word pg_catalog.text COLLATE pg_catalog."C" := pg_catalog.lower($1 COLLATE pg_catalog."C");
    BEGIN
      IF word OPERATOR(pg_catalog.=) ANY ('{t,true,y,yes,on,1}') THEN
        RETURN true;
      ELSIF word OPERATOR(pg_catalog.=) ANY ('{f,false,n,no,off,0}') THEN
        RETURN false;
      END IF;
      RAISE EXCEPTION '% is not a boolean', $1;
    END`,
})

/** Reads one and zero. */
export const booleanFromNumber: Rule = () => ({
  comment: 'Returns true for 1, false for 0. Raises P0001 for every other number.',
  body: `
    BEGIN
      IF $1 OPERATOR(pg_catalog.=) 1 THEN
        RETURN true;
      ELSIF $1 OPERATOR(pg_catalog.=) 0 THEN
        RETURN false;
      END IF;
      RAISE EXCEPTION '% is not a boolean', $1;
    END`,
})
