/** Dates and timestamps that mean the same in every session: what has no time zone is read as UTC. */
import { functionName } from '../names.ts'
import type { Rule } from '../rule.ts'
import type { SqlType } from '../types.ts'

/** What date and timestamp have in common. */
const STAYS = `The session's TimeZone stays: if need be, it is UTC while the text is read, and is put back at the end;
where an error ends this, the error puts it back.`

/**
 * The body of a cast that reads text in UTC. Texts of the usual forms, given with zeros for their digits, say the same in
 * every zone: where the session's zone is another, they are read without setting it.
 */
const readInUtc = (target: SqlType, forms: readonly string[]) => `
    DECLARE
      zone pg_catalog.text;
      instant timestamp with time zone;
      result ${target.sql};
    BEGIN
      IF pg_catalog.current_setting('TimeZone') COLLATE pg_catalog."C" OPERATOR(pg_catalog.=) 'UTC' THEN
        instant := $1::timestamp with time zone;
        result := $1::${target.sql};
        IF result OPERATOR(pg_catalog.=) instant THEN
          RETURN result;
        END IF;
        RAISE EXCEPTION '% is not a ${target.name}', $1;
      END IF;
      -- The usual forms say the same in every zone.
      IF pg_catalog.translate($1::pg_catalog.text, '123456789', '000000000') COLLATE pg_catalog."C"
        OPERATOR(pg_catalog.=) ANY (
          '{${forms.join(',')}}'
        )
      THEN
        RETURN $1::${target.sql};
      END IF;
      zone := pg_catalog.current_setting('TimeZone');
      PERFORM pg_catalog.set_config('TimeZone', 'UTC', true);
      result := mathesar_types.${functionName(target)}($1);
      PERFORM pg_catalog.set_config('TimeZone', zone, true);
      RETURN result;
    END`

/** A text that names a day and no time of day. */
export const dateFromText: Rule = (_, target) => ({
  says: `Takes what PostgreSQL reads as midnight in UTC of the day that is written; text without a zone is read as UTC.
Raises P0001 for another time of day, 22007 and 22008 where it cannot be read.
${STAYS}`,
  parallelSafe: false,
  body: readInUtc(target, ['0000-00-00']),
})

/** A timestamp that is a midnight. */
export const dateFromTimestamp: Rule = () => ({
  says: 'Takes midnights. Raises P0001 for any other time of day.',
  body: `
    BEGIN
      IF $1::pg_catalog.date OPERATOR(pg_catalog.=) $1 THEN
        RETURN $1::pg_catalog.date;
      END IF;
      RAISE EXCEPTION '% is not a date', $1;
    END`,
})

/** An instant that is a midnight in UTC. */
export const dateFromInstant: Rule = () => ({
  says: `Takes midnights in UTC, whatever the session's TimeZone. Raises P0001 for any other time, and shows it in UTC.`,
  parallelSafe: false,
  body: `
    DECLARE
      moment timestamp without time zone := pg_catalog.timezone('UTC', $1);
    BEGIN
      IF moment::pg_catalog.date OPERATOR(pg_catalog.=) moment THEN
        RETURN moment::pg_catalog.date;
      END IF;
      -- For the message alone: the error that follows puts the zone back.
      PERFORM pg_catalog.set_config('TimeZone', 'UTC', true);
      RAISE EXCEPTION '% is not a date', $1;
    END`,
})

/** A text that names a day, a time of day or not, and no zone but one of offset zero. */
export const timestampFromText: Rule = (_, target) => ({
  says: `Takes a date, or a date and time, without a zone or with one whose offset is zero then. Raises P0001 for other
zones, 22007 and 22008 where the text cannot be read.
${STAYS}`,
  parallelSafe: false,
  body: readInUtc(target, [
    '0000-00-00',
    '0000-00-00 00:00',
    '0000-00-00T00:00',
    '0000-00-00 00:00:00',
    '0000-00-00T00:00:00',
  ]),
})

/** The date and time that an instant has in UTC. */
export const timestampFromInstant: Rule = () => ({
  says: `Returns the date and time in UTC, whatever the session's TimeZone.`,
  expression: `pg_catalog.timezone('UTC', $1)`,
})

/** Text, by the session's zone where it has none. */
export const zonedFromText: Rule = (_, target) => ({
  says: `Where a zone is needed and none is written, that of the session counts. Raises 22007 and 22008.`,
  expression: `$1::${target.sql}`,
})

/** A span of time, but no bare number, of which nobody knows whether it means seconds, days or years. */
export const intervalFromText: Rule = () => ({
  says: `Takes what PostgreSQL reads as an interval. Raises P0001 for what it reads as a number, 22007 where it cannot be
read, 22003 for a number too large for numeric.`,
  parallelSafe: false,
  body: `
    DECLARE
      written pg_catalog.text COLLATE pg_catalog."C" := $1;
      number numeric;
    BEGIN
      -- No number has a colon, a first letter but those of NaN and infinity, or space inside except after an e.
      IF written OPERATOR(pg_catalog.!~)
        '^[[:space:]]*[+-]?[.0-9nNiI][^[:space:]:]*([eE][[:space:]]+[^[:space:]:]+)?[[:space:]]*$'
      THEN
        RETURN $1::interval;
      END IF;
      -- What numbers look like differs between versions of PostgreSQL: it has to tell.
      BEGIN
        number := $1::numeric;
      EXCEPTION WHEN invalid_text_representation THEN
        RETURN $1::interval;
      END;
      RAISE EXCEPTION '% is a numeric', $1;
    END`,
})
