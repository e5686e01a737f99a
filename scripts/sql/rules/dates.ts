/** Dates and timestamps that mean the same in every session: what has no time zone is read as UTC. */
import { functionName } from '../names.ts'
import type { Rule } from '../rule.ts'
import type { SqlType } from '../types.ts'

/** The end of the comments of casts from text to date and timestamp. */
const TIME_ZONE_NOTE = `If the session's TimeZone is not UTC, the cast may set it to UTC while it reads
the text, and restores it; after an error, the rollback restores it.`

/**
 * Returns the body of a cast that reads text in UTC. Text in one of the usual forms means the same in every
 * time zone, so the body reads it without setting TimeZone.
 *
 * @param forms the usual forms, with a zero for each digit
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
      -- The usual forms mean the same in every time zone.
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

/** Reads text that names a day and no time of day. */
export const dateFromText: Rule = (_, target) => ({
  comment: `Reads a day, which may include midnight in UTC as its time; text without a time zone is in UTC.
Raises P0001 for another time of day, 22007 and 22008 if PostgreSQL cannot read the text.
${TIME_ZONE_NOTE}`,
  isParallelSafe: false,
  body: readInUtc(target, ['0000-00-00']),
})

/** Converts a timestamp at midnight. */
export const dateFromTimestamp: Rule = () => ({
  comment: 'Converts timestamps at midnight. Raises P0001 for any other time of day.',
  body: `
    BEGIN
      IF $1::pg_catalog.date OPERATOR(pg_catalog.=) $1 THEN
        RETURN $1::pg_catalog.date;
      END IF;
      RAISE EXCEPTION '% is not a date', $1;
    END`,
})

/** Converts an instant at midnight in UTC. */
export const dateFromInstant: Rule = () => ({
  comment: `Converts timestamps at midnight in UTC, whatever the session's TimeZone.
Raises P0001 for any other time, and shows it in UTC.`,
  isParallelSafe: false,
  body: `
    DECLARE
      moment timestamp without time zone := pg_catalog.timezone('UTC', $1);
    BEGIN
      IF moment::pg_catalog.date OPERATOR(pg_catalog.=) moment THEN
        RETURN moment::pg_catalog.date;
      END IF;
      -- The message shows UTC; the rollback after the error restores the setting.
      PERFORM pg_catalog.set_config('TimeZone', 'UTC', true);
      RAISE EXCEPTION '% is not a date', $1;
    END`,
})

/** Reads text that names a day, perhaps a time of day, and no time zone other than one with offset zero. */
export const timestampFromText: Rule = (_, target) => ({
  comment: `Reads a date, with or without a time, and without a time zone or with one whose offset is zero.
Raises P0001 for other time zones, 22007 and 22008 if PostgreSQL cannot read the text.
${TIME_ZONE_NOTE}`,
  isParallelSafe: false,
  body: readInUtc(target, [
    '0000-00-00',
    '0000-00-00 00:00',
    '0000-00-00T00:00',
    '0000-00-00 00:00:00',
    '0000-00-00T00:00:00',
  ]),
})

/** Converts an instant to its date and time in UTC. */
export const timestampFromInstant: Rule = () => ({
  comment: `Returns the date and time in UTC, whatever the session's TimeZone.`,
  expression: `pg_catalog.timezone('UTC', $1)`,
})

/** Reads text, in the session's time zone if it names none. */
export const zonedFromText: Rule = (_, target) => ({
  comment: `Uses the session's TimeZone if the type has a time zone and the text names none.
Raises 22007 and 22008 if PostgreSQL cannot read the text.`,
  expression: `$1::${target.sql}`,
})

/** Reads an interval, but no bare number, because a number does not name its unit. */
export const intervalFromText: Rule = () => ({
  comment: `Reads text as PostgreSQL reads an interval. Raises P0001 for a number without a unit,
22007 if PostgreSQL cannot read the text, 22003 for a number that is out of range for numeric.`,
  isParallelSafe: false,
  body: `
    DECLARE
      written pg_catalog.text COLLATE pg_catalog."C" := $1;
      number numeric;
    BEGIN
      -- No number has a colon, a first letter other than those of NaN and infinity, or a space inside it
      -- except after an e.
      IF written OPERATOR(pg_catalog.!~)
        '^[[:space:]]*[+-]?[.0-9nNiI][^[:space:]:]*([eE][[:space:]]+[^[:space:]:]+)?[[:space:]]*$'
      THEN
        RETURN $1::interval;
      END IF;
      -- The syntax of numbers depends on the version of PostgreSQL, so let the server decide.
      BEGIN
        number := $1::numeric;
      EXCEPTION WHEN invalid_text_representation THEN
        RETURN $1::interval;
      END;
      RAISE EXCEPTION '% is a numeric', $1;
    END`,
})
