import {
  type DatabaseUpgrade,
  type UpgradeResult,
  upgradeDatabases,
} from '../../../../databases/upgrade/index.ts'
import { OperatorError } from '../../../../errors.ts'
import type { StoredSchema } from '../../../../store/types.ts'
import { adminLogin } from '../../../flags/admin.ts'
import type { Invocation } from '../../../invocation.ts'
import { worstStatus } from '../../../render/failures.ts'
import { storedRunOptions } from '../../../run-options.ts'
import { findInternalDatabases } from '../../../settings/internal-databases.ts'
import { rowsToRepeat } from '../../../settings/repeated-flags.ts'
import { resolveSchemaSource } from '../../../settings/schema-source.ts'
import { withStoredName } from '../../../stored-name.ts'
import { withWorkspace } from '../../../workspace.ts'
import { confirmUpgrade } from './ask.ts'
import type { UpgradeFlags } from './flags.ts'
import { upgradeProgress } from './progress.ts'
import { interruptedText, showDryRun, showNone, showUpgraded } from './render.ts'

/** Upgrades stored databases, and prints what became of them. Errors: those of `upgradeDatabases`. */
export async function runUpgrade(
  invocation: Invocation,
  names: readonly string[] | 'all',
  flags: UpgradeFlags,
): Promise<void> {
  const { terminal } = invocation
  const [only = '', ...others] = names === 'all' ? [] : names
  const isOne = names !== 'all' && others.length === 0
  const { result, shown } = isOne
    ? await withStoredName(invocation, only, (name) => upgrade(invocation, [name], flags))
    : await upgrade(invocation, names, flags)
  if (terminal.isJson) {
    const databases = rowsToRepeat(result.databases).map((row) => ({
      ...row,
      from: versionOf(row.from),
      to: versionOf(row.to),
    }))
    terminal.document('db upgrade', { ...result, databases, ...terminal.collected() })
  } else if (result.databases.length === 0) showNone(flags.shard !== undefined, terminal)
  else if (result.status === 'planned') showDryRun(result, terminal)
  else showUpgraded(result, shown, terminal)
  process.exitCode = worstStatus(result.databases)
}

/** @returns `shown`: the names of the databases whose failures were shown above the question */
async function upgrade(
  invocation: Invocation,
  names: readonly string[] | 'all',
  flags: UpgradeFlags,
): Promise<{ result: UpgradeResult; shown: ReadonlySet<string> }> {
  const { env, globals, prompts, signal, terminal } = invocation
  const dryRun = flags.dryRun === true
  const progress = upgradeProgress(terminal)
  const finished: DatabaseUpgrade[] = []
  let planned: readonly DatabaseUpgrade[] = []
  let shown: ReadonlySet<string> = new Set()
  let isAsking = false
  const admin = await adminLogin(flags, invocation, () => {
    isAsking = true
    progress.stop()
  })
  const options = storedRunOptions(invocation, flags, progress.event)
  try {
    return await withWorkspace(invocation, { create: false, dryRun }, async ({ store, explainKeys }) => {
      const result = await upgradeDatabases(
        store,
        {
          names,
          source: await resolveSchemaSource(invocation, flags, store),
          shard: flags.shard ?? null,
          ...(flags.concurrency ? { concurrency: flags.concurrency } : {}),
          internal: findInternalDatabases(globals, env),
          admin,
          dryRun,
          confirm: async (plan) => {
            progress.stop()
            planned = plan
            progress.begin(changesOf(plan).length)
            const explained = await explainKeys(plan)
            const context = { prompts, reporter: terminal, yes: globals.yes, location: store.location }
            const { isAgreed, hasShownFailures } = await confirmUpgrade(explained, context)
            const failed = plan.filter(({ error }) => error !== null)
            if (hasShownFailures) shown = new Set(failed.map(({ name }) => name))
            return isAgreed
          },
        },
        {
          ...options,
          onLook: (done, total) => {
            // The other databases are looked at while the password is asked for.
            if (!isAsking) progress.looked(done, total)
          },
          onResult: (row) => {
            finished.push(row)
            progress.finished(row)
          },
        },
      )
      return { result: { ...result, databases: await explainKeys(result.databases) }, shown }
    })
  } catch (error) {
    progress.stop()
    if (!signal.aborted || planned.length === 0 || !(error instanceof OperatorError)) throw error
    throw error.with({
      message: `${error.message} ${interruptedText(finished, changesOf(planned).length)}`,
    })
  } finally {
    progress.stop()
  }
}

/** Returns the databases on which something is to be done. */
function changesOf(plan: readonly DatabaseUpgrade[]): readonly DatabaseUpgrade[] {
  return plan.filter(({ action }) => action !== 'none' && action !== 'blocked')
}

function versionOf(schema: StoredSchema | null): string | null {
  return schema?.version ?? null
}
