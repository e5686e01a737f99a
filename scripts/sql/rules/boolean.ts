import type { Rule } from '../rule.ts'

/** Words, by the letters of ASCII only. */
export const truthFromText: Rule = () => ({
  says: 'Takes t, true, y, yes, on, 1 and f, false, n, no, off, 0 in any letter case. Raises P0001 for all else.',
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

/** One and zero. */
export const truthFromNumber: Rule = () => ({
  says: 'Returns true for 1, false for 0. Raises P0001 for every other number.',
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
