import { denoted, SIGNED_AMOUNT } from '../amounts.ts'
import type { Rule } from '../rule.ts'

/** A number with decimals, where they are all zero. */
export const wholeNumber: Rule = (source, target) => ({
  says: `Takes whole numbers. Raises P0001 for fractions; what PostgreSQL does where the number is out of range.`,
  body: `
    BEGIN
      IF $1::${target.sql}::${source.sql} OPERATOR(pg_catalog.=) $1 THEN
        RETURN $1::${target.sql};
      END IF;
      RAISE EXCEPTION '% cannot be cast to ${target.name} without loss', $1;
    END`,
})

/** A written amount with or without a sign, as get_numeric_array reads it. */
export const numericFromText: Rule = () => ({
  says: `Takes an amount, with or without one sign before it, as get_numeric_array does; keeps the written scale.
Raises P0001 for all else, also for what may mean thousands or decimals, such as 1,500.`,
  body: `
    DECLARE
      amount pg_catalog.text COLLATE pg_catalog."C" := $1;
    BEGIN
      -- Most numbers are written the way that numeric reads.
      IF amount OPERATOR(pg_catalog.~) '^[+-]?[0-9]+([.][0-9][0-9]?)?$' THEN
        RETURN amount::numeric;
      END IF;
      IF amount OPERATOR(pg_catalog.!~)
${SIGNED_AMOUNT}
      THEN
        RAISE EXCEPTION '% cannot be cast to numeric', $1;
      END IF;
      RETURN ${denoted('amount', (marks) => `'${marks} '''`)};
    END`,
})
