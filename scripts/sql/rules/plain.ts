/** Casts that are one expression. */
import type { Rule } from '../rule.ts'

/** The value itself. */
export const identity: Rule = () => ({ says: 'Returns the value unchanged.', expression: '$1' })

/** PostgreSQL's own explicit cast. */
export const core: Rule = (_, target) => ({
  says: `Returns and raises what PostgreSQL's own cast does.`,
  expression: `$1::${target.sql}`,
})

/** PostgreSQL's own casts, by way of another type. */
export const via =
  (between: { sql: string; label: string }): Rule =>
  (_, target) => ({
    says: `Returns and raises what PostgreSQL's own casts by way of ${between.label} do.`,
    expression: `$1::${between.sql}::${target.sql}`,
  })

/** The text form, read by the rules of the target's own check or length. */
export const textForm: Rule = (_, target) => ({
  says: `Returns the value's text form under the session's settings.`,
  expression: target.name === 'text' ? `$1::${target.sql}` : `$1::pg_catalog.text::${target.sql}`,
})

/** The text form, where it passes the check of a domain over text. */
export const checkedTextForm: Rule = (_, target) => ({
  says: `Returns the value's text form; raises 23514 where that is no ${target.label}.`,
  expression: `$1::pg_catalog.text::${target.sql}`,
})

/** A document whose top level has to be of the target's kind. */
export const checkedJson: Rule = (source, target) => ({
  says: `Raises ${source.label.includes('json') ? '' : '22P02 where it is no JSON, '}23514 where the top level is another.`,
  expression: source.sql === 'pg_catalog.jsonb' ? `$1::${target.sql}` : `$1::pg_catalog.jsonb::${target.sql}`,
})

/** True is one, false is zero. */
export const truthAsNumber: Rule = (_, target) => ({
  says: 'Returns 1 for true, 0 for false.',
  expression: target.name === 'integer' ? '$1::integer' : `$1::integer::${target.sql}`,
})

/** A cast that PostgreSQL does not have: it says so itself when the function is called, unless somebody made the cast. */
export const refused: Rule = (source, target) => ({
  says: `Raises 42846 for every value, since PostgreSQL has no such cast; ${source.label} can be cast to numeric first.`,
  body: `
    BEGIN
      RETURN $1::${target.sql};
    END`,
})
