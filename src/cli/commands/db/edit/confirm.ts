import type { EditPlan } from '../../../../databases/edit/index.ts'
import { type Confirmation, confirmSummary } from '../../../prompts/confirm-summary.ts'
import { INTERNAL_DATABASE_LABEL } from '../../../render/internal-database.ts'
import { quotedName } from '../../../render/printable.ts'
import { sharedRows } from './shared.ts'

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

/**
 * Shows what an edit will change and asks whether it should.
 *
 * @param location that of the internal database
 */
export function confirmChanges(
  plan: EditPlan,
  location: string,
  confirmation: Confirmation,
): Promise<boolean> {
  const rows = changeRows(plan, confirmation.reporter.hasUnicode)
  const place = [INTERNAL_DATABASE_LABEL, location] as const
  return confirmSummary([...rows, place], `Change ${quotedName(plan.name)}?`, confirmation)
}

/** Returns the rows of the summary before the confirmation: each value before and after. */
function changeRows(plan: EditPlan, hasUnicode: boolean): (readonly [label: string, value: string])[] {
  const { changed, before, after, hasPassword, alsoStoredAs } = plan
  const arrow = hasUnicode ? '→' : '->'
  const fields = changed.filter((field) => field !== 'access')
  const changes = fields.map((field) => {
    const label = LABELS[field] ?? field
    if (field === 'password') return [label, hasPassword ? 'a new one' : 'none'] as const
    const key = field as keyof typeof before
    return [label, `${before[key] ?? 'none'} ${arrow} ${after[key] ?? 'none'}`] as const
  })
  const rows = [...changes, ...sharedRows(plan, arrow)]
  return alsoStoredAs.length === 0
    ? rows
    : [...rows, ['Also stored as', alsoStoredAs.map(quotedName).join(', ')] as const]
}
