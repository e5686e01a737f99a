import { AMOUNT_WITHIN_TEXT, denoted } from '../amounts.ts'
import type { Rule } from '../rule.ts'

/** A number as money of the server's locale. */
export const moneyFromNumber: Rule = (source) => ({
  says: `Returns the amount in the currency of lc_monetary, rounded to its digits. Raises 22003 where it is too large.`,
  expression:
    source.name === 'smallint'
      ? '$1::integer::pg_catalog.money'
      : source.name === 'integer' || source.name === 'bigint'
        ? '$1::pg_catalog.money'
        : '$1::numeric::pg_catalog.money',
})

/** A text that shows the currency of the server's locale. */
export const moneyFromText: Rule = () => ({
  says: `Takes text that starts or ends with the currency symbol of lc_monetary (trailing blanks of a character value
do not count) and that PostgreSQL reads as money. Raises P0001 without the symbol, 22P02 where it cannot be read.`,
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

/** An amount within other text, as get_mathesar_money_array reads it. */
export const mathesarMoneyFromText: Rule = () => ({
  says: `Takes an amount with other text before or after it, as get_mathesar_money_array does; keeps the written scale.
A hyphen, or parentheses around something, make it negative. Raises P0001 for all else, also for a bare number.`,
  body: `
    DECLARE
      written pg_catalog.text COLLATE pg_catalog."C" := $1;
      others pg_catalog.text COLLATE pg_catalog."C";
      amount numeric;
    BEGIN
      IF written OPERATOR(pg_catalog.!~)
${AMOUNT_WITHIN_TEXT}
        -- Digits at both ends: nothing stands around the amount.
        OR (
          pg_catalog.ltrim(written, '0123456789') OPERATOR(pg_catalog.<>) written
          AND pg_catalog.rtrim(written, '0123456789') OPERATOR(pg_catalog.<>) written
        )
      THEN
        RAISE EXCEPTION '% cannot be cast to mathesar_types.mathesar_money', $1;
      END IF;
      others := pg_catalog.translate(written, '0123456789,.', '');
      amount := ${denoted('written', (marks) => `pg_catalog.concat('${marks}', others)`)};
      IF written OPERATOR(pg_catalog.~~) '%-%' OR written OPERATOR(pg_catalog.~~) '%(_%)%' THEN
        RETURN OPERATOR(pg_catalog.-) amount;
      END IF;
      RETURN amount;
    END`,
})

/** An amount of no currency. */
export const amountOfMoney: Rule = (source, target) => ({
  says:
    source.name === 'money'
      ? `Returns the amount; unlike by way of its text form, whatever lc_monetary is.`
      : `Returns the number.`,
  expression: source.name === 'numeric' ? `$1::${target.sql}` : `$1::numeric::${target.sql}`,
})

/** An amount of US dollars, since a bare number says nothing of its currency. */
export const dollars: Rule = (source, target) => ({
  says: `Returns the amount, and USD as its currency${source.name === 'money' ? ' whatever lc_monetary is' : ''}.${
    /character|text/.test(source.name) ? ' Raises 22P02 where numeric input cannot read the text.' : ''
  }`,
  body: `
    BEGIN
      RETURN ROW($1::numeric, 'USD')::${target.sql};
    END`,
})
