import type { DatabaseUpgrade } from '../../../../databases/upgrade/index.ts'
import type { Invocation } from '../../../invocation.ts'
import type { Prompts } from '../../../prompts/prompts.ts'
import { showFailures } from '../../../render/failures.ts'
import { internalDatabaseLine } from '../../../render/internal-database.ts'
import { quantity } from '../../../render/quantity.ts'
import type { Reporter } from '../../../terminal.ts'
import { showPlan } from './render.ts'

/** Asks which stored database to upgrade, or whether all. Errors: `USAGE` if nothing may be asked. */
export async function askNames(invocation: Invocation): Promise<readonly string[] | 'all'> {
  const { offeredNames, storedName } = await import('../../../stored-name.ts')
  const { prompts } = invocation
  if (prompts === null) {
    const alternative = '--all for every stored database'
    return [await storedName(invocation, undefined, { verb: 'upgrade', alternative })]
  }
  const names = await offeredNames(invocation)
  const all = names.length > 1 ? [{ value: null, name: 'All of them' }] : []
  const chosen = await prompts.search<string | null>('Database to upgrade', [...names, ...all])
  return chosen === null ? 'all' : [chosen]
}

/**
 * Shows the plan, and asks for consent at a terminal, below the reasons why databases are blocked; elsewhere
 * the command line itself is the consent.
 *
 * @param context `location` is that of the internal database
 * @returns `hasShownFailures`: the end need not show the reasons again
 */
export async function confirmUpgrade(
  plan: readonly DatabaseUpgrade[],
  {
    prompts,
    reporter,
    yes,
    location,
  }: { prompts: Prompts | null; reporter: Reporter; yes: boolean; location: string },
): Promise<{ isAgreed: boolean; hasShownFailures: boolean }> {
  const isAsked = prompts !== null && !yes
  showPlan(plan, isAsked ? reporter.explain : reporter.info, reporter)
  if (!isAsked) return { isAgreed: true, hasShownFailures: false }
  showFailures(plan, reporter)
  if (plan.some(({ error }) => error !== null)) reporter.explain()
  reporter.explain(internalDatabaseLine(location))
  const count = plan.filter(({ action }) => action !== 'none' && action !== 'blocked').length
  const isAgreed = await prompts.yesNo(`Upgrade ${quantity(count, 'database')}?`, true)
  return { isAgreed, hasShownFailures: true }
}
