import { compose } from '../../postgres/compose.ts'
import { isDatabaseError } from '../../postgres/sqlstate.ts'
import type { Session } from '../../postgres/types.ts'
import { append } from '../append.ts'
import { CATALOG, parseAddress } from '../dependents/address.ts'
import { doomedSchemas } from '../dependents/dependents.ts'
import { planOf, type Strategies } from '../dependents/effects.ts'
import { addressesOf } from '../dependents/handle-dependents.ts'
import { touchedRelations } from '../dependents/locks.ts'
import { planStrategies } from '../dependents/strategies.ts'
import type { DependentsStrategy } from '../dependents/types.ts'
import { nameList, oidArray, SAFE_SETTINGS } from '../inspect/catalog.ts'
import { catalogError, readChecked, readRows } from '../inspect/catalog-read.ts'
import lockedRelationsSql from './locked-relations.sql'
import relationSizesSql from './relation-sizes.sql'
import type { RelationLock } from './types.ts'

/**
 * The kinds of relations that people name in statements: tables, views, sequences and the like, but no
 * indexes.
 */
const NAMED_KINDS: readonly string[] = ['r', 'p', 'v', 'm', 'f', 'S']

const NAMED_KINDS_LIST = nameList(NAMED_KINDS)

const NAME = "pg_catalog.format('%I.%I', n.nspname, c.relname)"

/**
 * Lists the locks that a removal of the Mathesar schemas acquires on relations, the largest relation first:
 * those of what it changes or drops, and those inside the schemas. Changes nothing, and waits for no lock.
 *
 * Errors: those of `toOperatorError`.
 */
export async function planLocks(
  session: Session,
  { strategy, keepTypes = false }: { strategy: DependentsStrategy; keepTypes?: boolean },
): Promise<LockPlan> {
  const doomed = doomedSchemas({ keepTypes })
  const oids = strategy === 'refuse' ? [] : lockedByStrategy(await planStrategies(session, doomed), strategy)
  const read = (size: string) =>
    readRows<SizeRow>(
      session,
      `${SAFE_SETTINGS}\nSET LOCAL lock_timeout = 500;`,
      sizesQuery(oids, doomed, size),
    )
  const rows = await read('pg_catalog.pg_total_relation_size(c.oid)').catch((error: unknown) => {
    // Another session has just locked a relation: use PostgreSQL's last figures.
    if (!isDatabaseError(error) || error.code !== '55P03') throw catalogError(session, error)
    return readChecked(session, () => read(LAST_SIZE))
  })
  const filled = strategy === 'convert' ? rows.filter(({ kind }) => kind === 'm') : []
  return {
    locks: rows.map(({ relation, bytes }) => ({ relation, mode: 'ACCESS EXCLUSIVE', bytes })),
    filledBytes: filled.reduce((sum, { bytes }) => sum + bytes, 0),
  }
}

interface LockPlan {
  locks: RelationLock[]
  /** The size in bytes of the materialized views that are filled again, with their indexes. */
  filledBytes: number
}

interface SizeRow {
  relation: string
  /** pg_class.relkind. */
  kind: string
  bytes: number
}

/**
 * Returns the OIDs of the relations that a strategy locks, without those inside the Mathesar schemas, indexes
 * and TOAST tables. PostgreSQL extends a command to the tables that inherit what it changes, and locks both
 * tables of a foreign key that it drops.
 */
export function lockedByStrategy(strategies: Strategies, strategy: 'convert' | 'cascade'): string[] {
  const plan = planOf(strategies, strategy)
  const { objects, relations } = plan
  const addresses = addressesOf(strategies, strategy)
  const referenced = addresses.flatMap((address) => {
    const objectDetail = objects.get(address)?.detail ?? ''
    const isForeignKey =
      parseAddress(address).catalog === CATALOG.constraint && objectDetail.startsWith(REFERENCE)
    return isForeignKey ? [objectDetail.slice(REFERENCE.length)] : []
  })
  const touched = touchedRelations(plan, addresses).map(({ oid }) => oid)
  const children = new Map<string, string[]>()
  for (const { oid, parents } of relations.values())
    for (const parent of parents) append(children, parent, oid)
  const locked = new Set([...touched, ...referenced])
  for (const parent of locked) for (const child of children.get(parent) ?? []) locked.add(child)
  // A lock on a table includes its indexes and its TOAST table.
  return [...locked].filter((oid) => NAMED_KINDS.includes(relations.get(oid)?.kind ?? 'r'))
}

/** The prefix of a foreign key's detail in the graph; the OID of the table that it references follows. */
const REFERENCE = 'reference '

const LAST_SIZE = 'c.relpages * 8192::pg_catalog.float8'

function sizesQuery(oids: readonly string[], schemas: readonly string[], size: string): string {
  return compose(relationSizesSql, {
    lockedRelations: lockedRelationsSql,
    name: NAME,
    lastSize: LAST_SIZE,
    size,
    kinds: NAMED_KINDS_LIST,
    oids: oidArray(oids),
    schemas: nameList(schemas),
  })
}

/** A lock that the session holds, by the OID of the relation. */
export interface HeldLock {
  oid: number
  /** As pg_locks shows it, such as `AccessExclusiveLock`. */
  mode: string
}

/**
 * Reads the locks, except ACCESS SHARE, that the session's transaction holds on relations that are not
 * PostgreSQL's own. It qualifies every name, since code of an operator that ran in the same transaction may
 * have created objects that hide those of PostgreSQL.
 */
export async function readHeldLocks(session: Session): Promise<HeldLock[]> {
  return session.run<HeldLock>(`SELECT l.relation AS oid, l.mode
FROM pg_catalog.pg_locks l
WHERE l.locktype = 'relation' AND l.granted AND l.pid = pg_catalog.pg_backend_pid()
  AND l.database = (
    SELECT b.oid FROM pg_catalog.pg_database b WHERE b.datname = pg_catalog.current_database())
  AND l.relation >= 16384 AND l.mode <> 'AccessShareLock';`)
}

/**
 * Returns the names of locked relations, each with its strongest mode. Call this after the rollback: then the
 * relations that the transaction dropped exist again, and those that it created do not.
 */
export async function nameHeldLocks(
  session: Session,
  held: readonly HeldLock[],
): Promise<Omit<RelationLock, 'bytes'>[]> {
  if (held.length === 0) return []
  const rows = await readRows<{ oid: number; relation: string }>(
    session,
    '',
    `SELECT c.oid::pg_catalog.int8::pg_catalog.float8 AS oid, ${NAME} AS relation
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.oid = ANY (${oidArray(held.map(({ oid }) => oid))}) AND c.relkind IN (${NAMED_KINDS_LIST})
ORDER BY n.nspname COLLATE pg_catalog."C", c.relname COLLATE pg_catalog."C"`,
  )
  return rows.map(({ oid, relation }) => {
    const modes = held.filter((lock) => lock.oid === oid).map(({ mode }) => mode)
    return { relation, mode: modeName(MODES.findLast((mode) => modes.includes(mode)) ?? '') }
  })
}

/** The modes of pg_locks, the weakest first. */
const MODES = [
  'AccessShareLock',
  'RowShareLock',
  'RowExclusiveLock',
  'ShareUpdateExclusiveLock',
  'ShareLock',
  'ShareRowExclusiveLock',
  'ExclusiveLock',
  'AccessExclusiveLock',
] as const

/** `AccessExclusiveLock` -> `ACCESS EXCLUSIVE`. */
function modeName(mode: string): string {
  return mode
    .replace(/Lock$/, '')
    .replace(/(?<=[a-z])(?=[A-Z])/g, ' ')
    .toUpperCase()
}
