import type { EditPlan } from '../../../../databases/edit.ts'
import type { Prompts } from '../../../prompts/prompts.ts'
import { quotedName } from '../../../render/printable.ts'
import { stderrWidth } from '../../../render/stderr-width.ts'
import { summary } from '../../../render/summary.ts'
import type { Reporter } from '../../../terminal.ts'

/** The labels of the changed fields in the summary. */
const LABELS: Readonly<Record<string, string>> = {
  name: 'Name',
  host: 'Host',
  port: 'Port',
  database: 'Database',
  user: 'Role',
  password: 'Password',
  sslmode: 'TLS mode',
  sslrootcert: 'Trusted authorities',
}

/** Shows what an edit will change and asks whether it should; with `yes` the answer is known. */
export async function confirmChanges(
  plan: EditPlan,
  { prompts, reporter, yes }: { prompts: Prompts; reporter: Reporter; yes: boolean },
): Promise<boolean> {
  const write = yes ? reporter.info : reporter.explain
  write()
  write(summary(changeRows(plan, reporter.hasUnicode), { width: stderrWidth(), style: reporter.style }), {
    isWhole: true,
  })
  write()
  return yes || prompts.yesNo(`Change ${quotedName(plan.name)}?`, true)
}

/** Returns the rows of the summary before the confirmation: each value before and after. */
export function changeRows(
  { changed, before, after, hasPassword, alsoStoredAs }: EditPlan,
  hasUnicode: boolean,
): (readonly [label: string, value: string])[] {
  const arrow = hasUnicode ? '→' : '->'
  const rows = changed.map((field) => {
    const label = LABELS[field] ?? field
    if (field === 'password') return [label, hasPassword ? 'a new one' : 'none'] as const
    const key = field as keyof typeof before
    return [label, `${before[key] ?? 'none'} ${arrow} ${after[key] ?? 'none'}`] as const
  })
  return alsoStoredAs.length === 0
    ? rows
    : [...rows, ['Also stored as', alsoStoredAs.map(quotedName).join(', ')] as const]
}
