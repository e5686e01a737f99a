/**
 * The grammar of written amounts, for the casts of text to numeric and mathesar_money. The functions of
 * src/schema/sql/13_amounts.sql use the same grammar; a test compares all of them.
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
const SWISS_FORM = `[0-9]{1,3}(''[0-9]{3})+([.][0-9]+)?`

/** Returns a pattern as an SQL constant, with one line for each form. */
function pattern(before: string, forms: readonly string[], after: string): string {
  const lines = [
    `'${before}('`,
    ...forms.map((form, index) => `'${index === 0 ? '' : '|'}${form}'`),
    `')${after}'`,
  ]
  return lines.map((line) => `        ${line}`).join('\n')
}

/** Matches an amount of any form, with or without a sign. */
export const SIGNED_AMOUNT = pattern('^[+-]?', [...FORMS, SWISS_FORM], '$')

/** Matches an amount within other text, except an amount in the swiss form. */
export const AMOUNT_WITHIN_TEXT = pattern('^[^0-9.,]*', FORMS, '[^0-9.,]*$')

/**
 * Returns the SQL expression for the value of an amount as numeric. The last mark is a decimal mark if it
 * occurs once; all other marks are group marks.
 *
 * @param amount the SQL expression for the text of the amount
 * @param removed returns the SQL expression for the characters to remove, which begin with the given marks
 */
export function numericValue(amount: string, removed: (marks: string) => string): string {
  const position = (mark: string) => `pg_catalog.strpos(${amount}, '${mark}')`
  const occursOnce = (mark: string) =>
    `pg_catalog.split_part(${amount}, '${mark}', 3) OPERATOR(pg_catalog.=) ''`
  const without = (marks: string, replacement: string) =>
    `pg_catalog.translate(${amount}, ${removed(marks)}, '${replacement}')`
  return `CASE
        -- The branches: a decimal comma, a decimal point, no decimal mark.
        WHEN ${position(',')} OPERATOR(pg_catalog.>) ${position('.')}
          AND ${occursOnce(',')}
        THEN ${without(',.', '.')}
        WHEN ${position('.')} OPERATOR(pg_catalog.>) ${position(',')}
          AND ${occursOnce('.')}
        THEN ${without(',', '')}
        ELSE ${without(',.', '')}
      END::numeric`
}
