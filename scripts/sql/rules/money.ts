import { AMOUNT_WITHIN_TEXT, numericValue } from '../amounts.ts'
import type { Rule } from '../rule.ts'

/** Converts a number to money in the currency of lc_monetary. */
export const moneyFromNumber: Rule = (source) => ({
  comment: `Returns the amount in the currency of lc_monetary, rounded to the digits of that currency.
Raises 22003 if it is out of range.`,
  expression:
    source.name === 'smallint'
      ? '$1::integer::pg_catalog.money'
      : source.name === 'integer' || source.name === 'bigint'
        ? '$1::pg_catalog.money'
        : '$1::numeric::pg_catalog.money',
})

/** Reads text that shows the currency of lc_monetary. */
export const moneyFromText: Rule = () => ({
  comment: `Reads text that starts or ends with the currency symbol of lc_monetary
(ignoring trailing blanks of a character value), as PostgreSQL reads money.
Raises P0001 without the symbol, 22P02 if PostgreSQL cannot read the text.`,
  body: `
    DECLARE
      amount pg_catalog.text COLLATE pg_catalog."C" := $1;
      symbol pg_catalog.text COLLATE pg_catalog."C" := pg_catalog.to_char(0, 'L');
    BEGIN
      IF pg_catalog.starts_with(amount, symbol)
        OR pg_catalog.right(amount, pg_catalog.length(symbol)) OPERATOR(pg_catalog.=) symbol
      THEN
        RETURN $1::pg_catalog.money;
      END IF;
      RAISE EXCEPTION '% cannot be cast to money as currency symbol is missing', $1;
    END`,
})

/** Reads an amount within other text, as get_mathesar_money_array does. */
export const mathesarMoneyFromText: Rule = () => ({
  comment: `Reads an amount with other text around it, as get_mathesar_money_array does; keeps its scale.
The amount is negative if the text contains a hyphen, or parentheses that are not empty.
Raises P0001 for text of any other form and for a bare number.`,
  body: `
    DECLARE
      written pg_catalog.text COLLATE pg_catalog."C" := $1;
      others pg_catalog.text COLLATE pg_catalog."C";
      amount numeric;
    BEGIN
      IF written OPERATOR(pg_catalog.!~)
${AMOUNT_WITHIN_TEXT}
        -- The text starts and ends with a digit, so there is no other text around the amount.
        OR (
          pg_catalog.ltrim(written, '0123456789') OPERATOR(pg_catalog.<>) written
          AND pg_catalog.rtrim(written, '0123456789') OPERATOR(pg_catalog.<>) written
        )
      THEN
        RAISE EXCEPTION '% cannot be cast to mathesar_types.mathesar_money', $1;
      END IF;
      others := pg_catalog.translate(written, '0123456789,.', '');
      amount := ${numericValue('written', (marks) => `pg_catalog.concat('${marks}', others)`)};
      IF written OPERATOR(pg_catalog.~~) '%-%' OR written OPERATOR(pg_catalog.~~) '%(_%)%' THEN
        RETURN OPERATOR(pg_catalog.-) amount;
      END IF;
      RETURN amount;
    END`,
})

/** Converts a number or money to an amount without a currency. */
export const amountWithoutCurrency: Rule = (source, target) => ({
  comment:
    source.name === 'money'
      ? `Returns the amount, whatever lc_monetary; a cast by way of the text form would depend on it.`
      : `Returns the number.`,
  expression: source.name === 'numeric' ? `$1::${target.sql}` : `$1::numeric::${target.sql}`,
})

/** Converts a number or money to an amount of US dollars, because its value does not name a currency. */
export const usDollars: Rule = (source, target) => ({
  comment: [
    `Returns the amount with the currency USD${source.name === 'money' ? ', whatever lc_monetary' : ''}.`,
    ...(/character|text/.test(source.name)
      ? ['Raises 22P02 if PostgreSQL cannot read the text as numeric.']
      : []),
  ].join('\n'),
  body: `
    BEGIN
      RETURN ROW($1::numeric, 'USD')::${target.sql};
    END`,
})
