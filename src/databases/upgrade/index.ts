import { OperatorError } from '../../errors.ts'
import type { Store } from '../../store/types.ts'
import { mapConcurrently } from '../map-concurrently.ts'
import { notFound } from '../not-found.ts'
import { resolveStoredName } from '../stored-name.ts'
import { blockLater, groupRecords, lookAt, planOf } from './plan.ts'
import { runGroup } from './run.ts'
import { isInShard } from './shard.ts'
import type { DatabaseUpgrade, UpgradeInput, UpgradeOptions, UpgradeRequest, UpgradeResult } from './types.ts'

export type { Shard } from './shard.ts'
export {
  type DatabaseUpgrade,
  UPGRADE_ACTIONS,
  type UpgradeAction,
  type UpgradeInput,
  type UpgradeOptions,
  type UpgradeResult,
} from './types.ts'

const DEFAULT_CONCURRENCY = 4

/**
 * Brings stored databases to the SQL of a source: first it looks at all of them, then it works on those where
 * something is to be done, each in a transaction of its own. A failure of one is the `error` of its row, and
 * the others are done. It writes no journal: run again, it does what is left, and several runs at the same
 * time wait for each other's locks.
 *
 * Errors: `NOT_FOUND` for a name that is not stored; `USAGE` for one that several share; `ABORTED` if the
 * operator declined, before anything changed; the signal's reason, after running transactions were rolled
 * back.
 */
export async function upgradeDatabases(
  store: Store,
  input: UpgradeInput,
  options: UpgradeOptions = {},
): Promise<UpgradeResult> {
  const request: UpgradeRequest = {
    store,
    source: input.source,
    internal: input.internal ?? [],
    concurrency: input.concurrency ?? DEFAULT_CONCURRENCY,
    admin: input.admin,
    options,
  }
  if (!input.dryRun) store.checkWritable()
  const looked = await blockLater(request, await lookAt(request, await chosenNames(store, input)))
  const groups = groupRecords(looked)
  const plan = planOf(looked, groups)
  if (input.dryRun) return resultOf('planned', plan)
  if (groups.length > 0 && input.confirm && !(await input.confirm(plan))) throw aborted()
  const rows = new Map(plan.map((row) => [row.name, row]))
  const report = (row: DatabaseUpgrade) => {
    rows.set(row.name, row)
    options.onResult?.(row)
  }
  await runAll(request, groups, report)
  return resultOf('done', [...rows.values()])
}

function aborted(): OperatorError {
  return new OperatorError('ABORTED', 'Nothing was upgraded.', 'Run the command again when you are ready.')
}

/**
 * Returns the names of the chosen databases, each once. Errors: `NOT_FOUND`; `USAGE` for one that several
 * share.
 */
async function chosenNames(store: Store, { names, shard }: UpgradeInput): Promise<readonly string[]> {
  if (names === 'all' && shard) {
    return (await store.list()).filter((stored) => isInShard(stored, shard)).map(({ name }) => name)
  }
  const stored = await store.names()
  if (names === 'all') return stored
  const chosen = new Set<string>()
  for (const given of names) {
    const name = await resolveStoredName(store, given)
    if (!stored.includes(name)) throw notFound(name, stored)
    chosen.add(name)
  }
  return [...chosen]
}

/** Works on all groups. Waits for those that run where one fails as a whole, so that none is cut off. */
async function runAll(
  request: UpgradeRequest,
  groups: ReturnType<typeof groupRecords>,
  report: (row: DatabaseUpgrade) => void,
): Promise<void> {
  const { signal } = request.options
  const failures: unknown[] = []
  await mapConcurrently(groups, request.concurrency, async (group) => {
    if (failures.length > 0 || signal?.aborted) return
    try {
      for (const row of await runGroup(request, group)) report(row)
    } catch (error) {
      failures.push(error)
    }
  })
  signal?.throwIfAborted()
  if (failures.length > 0) throw failures[0]
}

function resultOf(status: UpgradeResult['status'], databases: DatabaseUpgrade[]): UpgradeResult {
  const isChanged = ({ action, ok }: DatabaseUpgrade) => ok && action !== 'none'
  return {
    status,
    databases,
    upgraded: status === 'planned' ? 0 : databases.filter(isChanged).length,
    failed: databases.filter(({ ok }) => !ok).length,
  }
}
