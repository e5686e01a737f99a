/**
 * The grammar of written amounts, for the casts of text to numeric and mathesar_money. The scanners of
 * src/schema/sql/13_amounts.sql have it too; a test holds all of them against one another.
 */

const FORMS = [
  `[0-9]{1,3}([.,][0-9]{1,2})?`,
  `[0-9]{4,}([.,][0-9]+)?`,
  `[0-9]{1,3},[0-9]{3}[.][0-9]+`,
  `[0-9]{1,3}(,[0-9]{3}){2,}([.][0-9]+)?`,
  `[0-9]{1,3}[.][0-9]{3},[0-9]+`,
  `[0-9]{1,3}([.][0-9]{3}){2,}(,[0-9]+)?`,
  `[0-9]{1,3}( [0-9]{3})+([.,][0-9]+)?`,
  `[0-9]{1,2}(,[0-9]{2})+,[0-9]{3}([.][0-9]+)?`,
]
const SWISS = `[0-9]{1,3}(''[0-9]{3})+([.][0-9]+)?`

/** A pattern as an SQL constant of one line for each form. */
function pattern(before: string, forms: readonly string[], after: string): string {
  const lines = [
    `'${before}('`,
    ...forms.map((form, index) => `'${index === 0 ? '' : '|'}${form}'`),
    `')${after}'`,
  ]
  return lines.map((line) => `        ${line}`).join('\n')
}

/** An amount of any form with or without a sign. */
export const SIGNED_AMOUNT = pattern('^[+-]?', [...FORMS, SWISS], '$')

/** An amount, not in the swiss form, within other text. */
export const AMOUNT_WITHIN_TEXT = pattern('^[^0-9.,]*', FORMS, '[^0-9.,]*$')

/**
 * An expression: what an amount denotes, as digits and a decimal point. The mark that comes last is a decimal mark if
 * it is there once; all others are group marks. `characters` gives the SQL for some marks and all else to leave out.
 */
export function denoted(amount: string, characters: (marks: string) => string): string {
  const at = (mark: string) => `pg_catalog.strpos(${amount}, '${mark}')`
  const once = (mark: string) => `pg_catalog.split_part(${amount}, '${mark}', 3) OPERATOR(pg_catalog.=) ''`
  const without = (marks: string, to: string) =>
    `pg_catalog.translate(${amount}, ${characters(marks)}, '${to}')`
  return `CASE
        -- A decimal comma, a decimal point, or none.
        WHEN ${at(',')} OPERATOR(pg_catalog.>) ${at('.')}
          AND ${once(',')}
        THEN ${without(',.', '.')}
        WHEN ${at('.')} OPERATOR(pg_catalog.>) ${at(',')}
          AND ${once('.')}
        THEN ${without(',', '')}
        ELSE ${without(',.', '')}
      END::numeric`
}
