import { randomBytes } from 'node:crypto'
import { quoteIdentifier, quoteLiteral } from '../../postgres/quote.ts'
import { SAFE_SETTINGS } from '../catalog.ts'
import { doStatement } from './do-statement.ts'

/** Whose code a step may run, where a superuser converts: it gets the rights of these roles together, and no others. */
export interface Guard {
  owners: readonly string[]
  /** Schemas that the owners perhaps may not use themselves. */
  schemas: readonly string[]
}

/**
 * Settings, of the transaction alone, under which definitions are printed and read again: nothing that a role or a database
 * has set may change their meaning, nor cut digits off values that are written as text for a while. What ran in between
 * may have set others, so that they are set again after it.
 */
export const CONVERSION_SETTINGS = `${SAFE_SETTINGS}
SET LOCAL standard_conforming_strings = on;
SET LOCAL check_function_bodies = off;
SET LOCAL default_tablespace = '';
SET LOCAL DateStyle = ISO;
SET LOCAL IntervalStyle = postgres;
SET LOCAL extra_float_digits = 3;
SET LOCAL array_nulls = on;
SET LOCAL transform_null_equals = off;
SET LOCAL xmloption = content;
SET LOCAL row_security = on;`

/**
 * Makes scripts that run statements with the rights of others. SET ROLE would not do: whatever runs under it may say RESET
 * ROLE, and is the superuser again. Within a SECURITY DEFINER function PostgreSQL refuses that. The function is made
 * anew for each script, since the code that it runs could change it; what that code has put off until the end of the
 * transaction, it does at once.
 */
export interface Guards {
  run(guard: Guard, statements: readonly string[]): string[]
  /** Drops what `run` needed; last of all. */
  end(): string[]
}

/** A schema that the role can use anyway keeps its privileges untouched. */
function grantUsage(schema: string, role: string): string {
  return doStatement(`BEGIN
  IF NOT pg_catalog.has_schema_privilege(${quoteLiteral(role)}, ${quoteLiteral(schema)}, 'USAGE') THEN
    GRANT USAGE ON SCHEMA ${quoteIdentifier(schema)} TO ${role};
  END IF;
END`)
}

export function makeGuards(): Guards {
  const name = `mathesarctl_guard_${randomBytes(6).toString('hex')}`
  const roles = new Map<string, string>()
  let functions = 0
  const begin = () => {
    if (functions++ > 0) return []
    return [`CREATE SCHEMA ${name}`, `REVOKE ALL ON SCHEMA ${name} FROM PUBLIC`]
  }
  /** The owner itself; a role that lasts as long as the transaction where one owner's rights are not enough. */
  const roleFor = ({ owners, schemas }: Guard): { role: string; make: string[] } => {
    const [only] = owners
    if (only !== undefined && owners.length === 1 && schemas.length === 0)
      return { role: quoteIdentifier(only), make: [] }
    const key = JSON.stringify([owners, schemas])
    const known = roles.get(key)
    if (known !== undefined) return { role: known, make: [] }
    const role = `${name}_${roles.size}`
    roles.set(key, role)
    return {
      role,
      make: [
        `CREATE ROLE ${role} NOLOGIN INHERIT`,
        `GRANT ${owners.map(quoteIdentifier).join(', ')} TO ${role}`,
        ...schemas.map((schema) => grantUsage(schema, role)),
      ],
    }
  }
  return {
    run(guard, statements) {
      const { role, make } = roleFor(guard)
      const start = [...begin(), ...make]
      // A name of its own each: PostgreSQL would look through all that had the same one before.
      const run = `${name}.run_${functions}`
      return [
        ...start,
        `CREATE FUNCTION ${run}(text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
  AS 'BEGIN EXECUTE $1; SET CONSTRAINTS ALL IMMEDIATE; END'`,
        `REVOKE ALL ON FUNCTION ${run}(text) FROM PUBLIC`,
        `ALTER FUNCTION ${run}(text) OWNER TO ${role}`,
        `SELECT ${run}(${quoteLiteral(statements.join(';\n'))})`,
        `DROP FUNCTION ${run}(text)`,
        'CLOSE ALL',
        CONVERSION_SETTINGS.replace(/;$/, ''),
      ]
    },
    end() {
      if (functions === 0) return []
      return [
        ...[...roles.values()].flatMap((role) => [`DROP OWNED BY ${role}`, `DROP ROLE ${role}`]),
        `DROP SCHEMA ${name}`,
      ]
    },
  }
}
