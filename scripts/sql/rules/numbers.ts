import { numericValue, SIGNED_AMOUNT } from '../amounts.ts'
import type { Rule } from '../rule.ts'

/** Converts a number whose decimals are all zero. */
export const wholeNumber: Rule = (source, target) => ({
  comment: `Converts whole numbers. Raises P0001 for fractions, and PostgreSQL's error if the number is
out of range.`,
  body: `
    BEGIN
      IF $1::${target.sql}::${source.sql} OPERATOR(pg_catalog.=) $1 THEN
        RETURN $1::${target.sql};
      END IF;
      RAISE EXCEPTION '% cannot be cast to ${target.name} without loss', $1;
    END`,
})

/** Reads a written amount with or without a sign, as get_numeric_array does. */
export const numericFromText: Rule = () => ({
  comment: `Reads an amount, with or without one sign before it, as get_numeric_array does; keeps its scale.
Raises P0001 for other text, and for ambiguous amounts such as 1,500.`,
  body: `
    DECLARE
      amount pg_catalog.text COLLATE pg_catalog."C" := $1;
    BEGIN
      -- Most numbers are in a form that numeric can read.
      IF amount OPERATOR(pg_catalog.~) '^[+-]?[0-9]+([.][0-9][0-9]?)?$' THEN
        RETURN amount::numeric;
      END IF;
      IF amount OPERATOR(pg_catalog.!~)
${SIGNED_AMOUNT}
      THEN
        RAISE EXCEPTION '% cannot be cast to numeric', $1;
      END IF;
      RETURN ${numericValue('amount', (marks) => `'${marks} '''`)};
    END`,
})
