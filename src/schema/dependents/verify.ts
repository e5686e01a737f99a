import { quoteIdentifier, quoteLiteral } from '../../postgres/quote.ts'
import { append } from '../append.ts'
import { parseAddress } from './address.ts'
import type { Conversion } from './conversion-types.ts'
import type { Definitions } from './definitions.ts'
import { doStatement } from './do-statement.ts'
import { runner } from './rights.ts'
import type { Step } from './steps.ts'

/** SQLSTATE of the error that a conversion raises itself, where contents are not what they were. */
export const CHANGED_SQLSTATE = 'MC001'

/**
 * Steps that take a fingerprint of every table and materialized view before its columns are converted, and compare it
 * afterwards: the number of rows, and of each converted column the number of NULLs and two sums, over all rows, of 64-bit
 * hashes of the value's text. `multicurrency_money` is compared as the jsonb that PostgreSQL makes of it; all others as they
 * are written. The order of the rows does not matter.
 */
export function verifySteps(
  conversion: Conversion,
  definitions: Definitions,
): { before: Step[]; after: Step[] } {
  const { fates, relations, columns, types, objects } = conversion
  const texts = new Map<string, string[]>()
  for (const [address, fate] of fates) {
    const column = columns.get(address)
    const relation = relations.get(column?.relation ?? '')
    if (column === undefined || relation?.kind !== 'r') continue
    if (!['alter', 'plain', 'recompute', 'regenerate'].includes(fate.kind)) continue
    const name = quoteIdentifier(column.name)
    const value = types.holdsMoney(column.type) ? `pg_catalog.to_jsonb(t.${name})` : `t.${name}`
    append(texts, relation.oid, textOf(value, `t.${name}`))
  }
  for (const [address, fate] of fates) {
    const object = objects.get(address)
    if (fate.kind !== 'restore' || object?.detail !== 'class m') continue
    if (definitions.objects.get(address)?.state !== 'populated') continue
    texts.set(parseAddress(address).oid, [textOf('pg_catalog.to_jsonb(t.*)', 't.*')])
  }
  const before: Step[] = []
  const after: Step[] = []
  // Those of one owner after the other, so that they share a guard.
  const owned = [...texts].flatMap(([oid, list]) => {
    const relation = relations.get(oid)
    return relation === undefined ? [] : [{ oid, list, relation }]
  })
  owned.sort((a, b) =>
    a.relation.owner < b.relation.owner ? -1 : a.relation.owner > b.relation.owner ? 1 : 0,
  )
  for (const { oid, list, relation } of owned) {
    const view = relation.kind === 'm'
    const label = `${view ? 'materialized view' : 'table'} ${relation.name}`
    const setting = quoteLiteral(`mathesarctl.fingerprint_${oid}`)
    const fingerprint = fingerprintOf(relation.name, list)
    const common = {
      phase: 'verify' as const,
      label,
      role: runner(conversion, relation),
      remedy: view ? `REFRESH MATERIALIZED VIEW ${relation.name};` : null,
    }
    before.push({
      ...common,
      statements: [`SELECT pg_catalog.set_config(${setting}, (${fingerprint}), true)`],
    })
    after.push({
      ...common,
      statements: [
        doStatement(`BEGIN
  IF current_setting(${setting}) IS DISTINCT FROM (${fingerprint}) THEN
    RAISE EXCEPTION USING ERRCODE = '${CHANGED_SQLSTATE}', MESSAGE = 'the contents are not what they were';
  END IF;
END`),
      ],
    })
  }
  return { before, after }
}

/** NULL for NULL, else the text of a value, which is hashed by its bytes, whatever the column's collation says is equal. */
function textOf(value: string, column: string): string {
  return `CASE WHEN pg_catalog.num_nulls(${column}) = 0 THEN pg_catalog.concat(${value}) END COLLATE pg_catalog."C"`
}

/**
 * A query with the fingerprint of a table. OFFSET keeps PostgreSQL from making each text anew for each sum; an array, since a
 * function takes at most 100 arguments.
 */
function fingerprintOf(table: string, texts: readonly string[]): string {
  const named = texts.map((text, index) => `${text} AS v${index}`)
  const sums = texts.flatMap((_, index) => [
    `pg_catalog.count(x.v${index})`,
    `pg_catalog.sum(pg_catalog.hashtextextended(x.v${index}, 0))`,
    `pg_catalog.sum(pg_catalog.hashtextextended(x.v${index}, 1))`,
  ])
  return `SELECT pg_catalog.array_to_string(ARRAY[pg_catalog.count(*), ${sums.join(', ')}], ' ', '-')
  FROM (SELECT ${named.join(', ')} FROM ONLY ${table} t OFFSET 0) x`
}
