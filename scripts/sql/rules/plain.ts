/** Casts that consist of one expression. */
import type { Rule } from '../rule.ts'

/** Returns the value itself. */
export const identity: Rule = () => ({ comment: 'Returns the value unchanged.', expression: '$1' })

/** Calls PostgreSQL's own explicit cast. */
export const builtInCast: Rule = (_, target) => ({
  comment: `Returns and raises the same as PostgreSQL's own cast.`,
  expression: `$1::${target.sql}`,
})

/** Returns the text form, truncated to the length of the target if that is limited. */
export const textForm: Rule = (_, target) => ({
  comment: `Returns the text form of the value under the session's settings.`,
  expression: target.name === 'text' ? `$1::${target.sql}` : `$1::pg_catalog.text::${target.sql}`,
})

/** Returns the text form if it passes the check of a domain over text. */
export const checkedTextForm: Rule = (_, target) => ({
  comment: `Returns the text form of the value; raises 23514 if that is not a valid ${target.label}.`,
  expression: `$1::pg_catalog.text::${target.sql}`,
})

/** Returns a document if its top level passes the check of the target. */
export const checkedJson: Rule = (source, target) => ({
  comment: `Returns the document; raises ${
    source.label.includes('json') ? '' : '22P02 for text that is not JSON, '
  }23514 for another top level.`,
  expression: source.sql === 'pg_catalog.jsonb' ? `$1::${target.sql}` : `$1::pg_catalog.jsonb::${target.sql}`,
})

/** Converts true to one and false to zero. */
export const numberFromBoolean: Rule = (_, target) => ({
  comment: 'Returns 1 for true, 0 for false.',
  expression: target.name === 'integer' ? '$1::integer' : `$1::integer::${target.sql}`,
})

/** Calls a cast that PostgreSQL does not have; each call raises an error unless a user created the cast. */
export const unsupportedCast: Rule = (source, target) => ({
  comment: `Raises 42846 for every value, since PostgreSQL has no such cast;
cast ${source.label} to numeric first.`,
  body: `
    BEGIN
      RETURN $1::${target.sql};
    END`,
})
