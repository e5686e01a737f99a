import { quoteIdentifier, quoteLiteral } from '../../postgres/quote.ts'
import { parseAddress } from './address.ts'
import { append } from './append.ts'
import type { Definitions } from './definitions.ts'
import { doStatement } from './do-statement.ts'
import type { Conversion } from './fates.ts'
import { runner, type Step } from './steps.ts'

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
  const { graph, fates, relations, columns, types, objects } = conversion
  const expressions = new Map<string, string[]>()
  for (const [address, fate] of fates) {
    const column = columns.get(address)
    const relation = relations.get(column?.relation ?? '')
    if (column === undefined || relation?.kind !== 'r') continue
    if (!['alter', 'plain', 'recompute', 'regenerate'].includes(fate.kind)) continue
    const name = quoteIdentifier(column.name)
    const value = types.holdsMoney(column.type) ? `pg_catalog.to_jsonb(t.${name})` : `t.${name}`
    for (const hash of hashes(value, `t.${name}`)) append(expressions, relation.oid, hash)
  }
  for (const [address, fate] of fates) {
    const object = objects.get(address)
    if (fate.kind !== 'restore' || object?.detail !== 'class m') continue
    if (definitions.objects.get(address)?.state !== 'populated') continue
    expressions.set(parseAddress(address).oid, hashes('pg_catalog.to_jsonb(t)', 't'))
  }
  const before: Step[] = []
  const after: Step[] = []
  for (const [oid, list] of expressions) {
    const relation = relations.get(oid)
    if (relation === undefined) continue
    const view = relation.kind === 'm'
    const label = `${view ? 'materialized view' : 'table'} ${relation.name}`
    const setting = quoteLiteral(`mathesarctl.fingerprint_${oid}`)
    // An array, since a function takes at most 100 arguments.
    const fingerprint = `SELECT pg_catalog.array_to_string(ARRAY[pg_catalog.count(*), ${list.join(', ')}], ' ', '-') FROM ONLY ${relation.name} t`
    const common = {
      topic: 'verify',
      label,
      role: runner(graph, relation),
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

/** Text is hashed by its bytes, whatever the column's collation says is equal. */
function hashes(value: string, column: string): string[] {
  const text = `pg_catalog.concat(${value}) COLLATE pg_catalog."C"`
  return [
    `pg_catalog.sum(pg_catalog.num_nulls(${column}))`,
    `pg_catalog.sum(pg_catalog.hashtextextended(${text}, 0))`,
    `pg_catalog.sum(pg_catalog.hashtextextended(${text}, 1))`,
  ]
}
