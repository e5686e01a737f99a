/**
 * The bundled SQL against the two lists of signatures that clients rely on: nothing missing, nothing extra.
 */
import { beforeAll, describe, expect, it } from 'vitest'
import type { ConnectionSettings } from '../../src/postgres/types.ts'
import { sql, superuserSettings } from '../support/database.ts'
import typesList from './signatures/mathesar-types.json' with { type: 'json' }
import msarList from './signatures/msar.json' with { type: 'json' }
import { installedDatabase } from './support.ts'

/**
 * A routine as one line, such as `function msar.f(a integer = 1, VARIADIC b text[]) -> text strict volatile`.
 */
const ROUTINES = `SELECT concat(
    CASE p.prokind WHEN 'a' THEN 'aggregate' WHEN 'f' THEN 'function' ELSE p.prokind::text END,
    ' ', n.nspname, '.', p.proname, '(', (
      SELECT string_agg(concat_ws(' ',
          CASE p.proargmodes[a.n] WHEN 'v' THEN 'VARIADIC' WHEN 'i' THEN NULL ELSE p.proargmodes[a.n]::text END,
          nullif(p.proargnames[a.n], ''),
          format_type(a.type, NULL),
          '= ' || pg_get_function_arg_default(p.oid, a.n::integer)), ', ' ORDER BY a.n)
      FROM unnest(coalesce(p.proallargtypes, p.proargtypes::oid[])) WITH ORDINALITY a(type, n)
    ), ') -> ', CASE WHEN p.proretset THEN 'SETOF ' END, format_type(p.prorettype, NULL),
    CASE WHEN p.proisstrict THEN ' strict' END,
    CASE p.provolatile WHEN 'i' THEN ' immutable' WHEN 's' THEN ' stable' ELSE ' volatile' END,
    CASE WHEN p.prosecdef THEN ' security definer' END, ' ' || p.proconfig::text) AS line
  FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
  WHERE n.nspname IN ('msar', '__msar', 'mathesar_types')`

/** A type or table as one line, with its fields or columns. */
const RELATIONS_AND_TYPES = `SELECT concat(n.nspname, '.', t.typname, ' ',
    CASE WHEN t.typtype = 'd' THEN concat('domain ', format_type(t.typbasetype, t.typtypmod),
        CASE WHEN t.typnotnull THEN ' not null' END, ' ' || t.typdefault,
        (SELECT ' checks ' || string_agg(c.conname, ' ' ORDER BY c.conname) FROM pg_constraint c
         WHERE c.contypid = t.oid AND c.contype = 'c'))
      ELSE concat(CASE c.relkind WHEN 'c' THEN 'composite' WHEN 'r' THEN 'table' ELSE c.relkind::text END, ' (',
        (SELECT string_agg(concat(a.attname, ' ', format_type(a.atttypid, a.atttypmod),
            CASE WHEN a.attnotnull THEN ' not null' END), ', ' ORDER BY a.attnum)
         FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped), ')',
        (SELECT concat(' key ', k.conname, ' ', k.conkey::text) FROM pg_constraint k
         WHERE k.conrelid = c.oid AND k.contype = 'p'))
    END) AS line
  FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
  LEFT JOIN pg_class c ON c.oid = t.typrelid
  WHERE n.nspname IN ('msar', '__msar', 'mathesar_types') AND t.typelem = 0`

/** Everything in the schemas but what the lines above have, and what PostgreSQL makes for them by itself. */
const OTHERS = `SELECT o.type || ' ' || o.identity AS line
  FROM pg_depend d
  JOIN pg_namespace n ON d.refclassid = 'pg_namespace'::regclass AND d.refobjid = n.oid
  CROSS JOIN LATERAL pg_identify_object(d.classid, d.objid, 0) o
  WHERE n.nspname IN ('msar', '__msar', 'mathesar_types')
    AND d.classid NOT IN ('pg_proc'::regclass, 'pg_type'::regclass)
    AND NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = d.objid AND c.reltype <> 0)`

interface Argument {
  name: string | null
  type: string
  mode: string
  default: string | null
}

/** What the lists leave unsaid holds for all of it: the functions of msar and __msar are volatile. */
function routineLine(entry: {
  kind: string
  schema: string
  name: string
  args: readonly (Argument | string)[]
  returns: string | null
  strict: boolean | null
  volatility?: string
}): string {
  const args = entry.args.map((argument) => {
    if (typeof argument === 'string') return argument
    const { name, type, mode } = argument
    const parts = [mode === 'variadic' ? 'VARIADIC' : null, name, type]
    if (argument.default !== null) parts.push(`= ${argument.default}`)
    return parts.filter((part) => part !== null).join(' ')
  })
  const strict = entry.strict ? ' strict' : ''
  // An aggregate has no volatility of its own: PostgreSQL notes it as immutable.
  const volatility = entry.kind === 'aggregate' ? 'immutable' : (entry.volatility ?? 'volatile')
  return `${entry.kind} ${entry.schema}.${entry.name}(${args.join(', ')}) -> ${entry.returns}${strict} ${volatility}`
}

// The second list repeats one function of the first, without the names of its arguments.
const listed = [...msarList, ...typesList.filter(({ schema }) => schema === 'mathesar_types')]

function expectedRoutines(): string[] {
  const lines = listed.flatMap((entry) => {
    if (entry.kind !== 'function' && entry.kind !== 'aggregate') return []
    return 'returns' in entry && 'args' in entry
      ? [routineLine(entry as Parameters<typeof routineLine>[0])]
      : []
  })
  return [...new Set(lines)].sort()
}

function expectedTypes(): string[] {
  const lines = listed.map((entry) => {
    const name = `${entry.schema}.${entry.name}`
    if (entry.kind === 'domain' && 'check_constraints' in entry) {
      const checks = entry.check_constraints?.map((check) => ` checks ${check}`).join('') ?? ''
      return `${name} domain ${entry.base_type}${checks}`
    }
    if (entry.kind === 'composite' && 'fields' in entry) {
      return `${name} composite (${entry.fields?.map((field) => `${field.name} ${field.type}`).join(', ')})`
    }
    if (entry.kind === 'type' && 'args' in entry) {
      const fields = (entry.args as Argument[]).map((field) => `${field.name} ${field.type}`)
      return `${name} composite (${fields.join(', ')})`
    }
    if (entry.kind === 'table' && 'columns' in entry) {
      const columns = entry.columns?.map((c) => `${c.name} ${c.type}${c.not_null ? ' not null' : ''}`)
      return `${name} table (${columns?.join(', ')}) key ${entry.primary_key_constraint} {1}`
    }
    return null
  })
  return lines.filter((line) => line !== null).sort()
}

describe('the installed schemas', () => {
  let settings: ConnectionSettings
  const lines = async (query: string) =>
    (await sql<{ line: string }>(settings.database, `SET search_path = ''; ${query}`)).map(({ line }) => line)

  beforeAll(async () => {
    settings = await installedDatabase()
  })

  it('the installed schemas have every function and aggregate of the lists, and no other', async () => {
    const installed = (await lines(ROUTINES)).sort()
    const expectedEntries = expectedRoutines()
    expect({
      missing: expectedEntries.filter((line) => !installed.includes(line)),
      extra: installed.filter((line) => !expectedEntries.includes(line)),
    }).toEqual({ missing: [], extra: [] })
    expect(installed).toEqual(expectedEntries)
    expect(installed.length).toBe(469 + 111)
  })

  it('the installed schemas have every type and table of the lists, and no other', async () => {
    expect((await lines(RELATIONS_AND_TYPES)).sort()).toEqual(expectedTypes())
    expect(expectedTypes()).toHaveLength(5 + 1 + 3 + 1)
  })

  it('the installed schemas contain nothing else: this program records an install in comments alone', async () => {
    expect(await lines(OTHERS)).toEqual([])
  })

  it('the installed schemas grant nothing beyond what PostgreSQL grants by default', async () => {
    const rows = await sql(
      settings.database,
      `SELECT p.oid FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
       WHERE n.nspname IN ('msar', '__msar', 'mathesar_types') AND p.proacl IS NOT NULL
       UNION ALL SELECT t.oid FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
       WHERE n.nspname IN ('msar', '__msar', 'mathesar_types') AND t.typacl IS NOT NULL
       UNION ALL SELECT n.oid FROM pg_namespace n
       WHERE n.nspname IN ('msar', '__msar', 'mathesar_types') AND n.nspacl IS NOT NULL`,
    )
    expect(rows).toEqual([])
    expect(superuserSettings().user).not.toBe(settings.user)
  })
})
