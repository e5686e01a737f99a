import { describe } from 'vitest'
import { isSlowLane } from '../../support/lanes.ts'
import { describeCrashes } from './crashes.ts'
import { describeOperations } from './operations.ts'
import { type Kind, useKind } from './place.ts'
import { describeProcesses } from './processes.ts'
import { describeRecords } from './records.ts'
import { describeSealed } from './sealed.ts'

/**
 * The contract of stores (src/store/types.ts), which every kind must pass. Kinds that differ in columns alone
 * have the same journal and the same locks: the default lane kills processes and crashes in one of them.
 */
export function describeStore(title: string, kind: Kind): void {
  describe(title, () => {
    const tools = useKind(kind)
    describeRecords(tools)
    describeOperations(tools)
    describeSealed(tools)
    if (kind.isVariant && !isSlowLane) return
    describeCrashes(tools)
    describeProcesses(tools)
  })
}
