import { describe } from 'vitest'
import { describeCrashes } from './crashes.ts'
import { describeOperations } from './operations.ts'
import { type Kind, useKind } from './place.ts'
import { describeProcesses } from './processes.ts'
import { describeRecords } from './records.ts'

/** The contract of stores (src/store/types.ts), which every kind must pass. */
export function describeStore(title: string, kind: Kind): void {
  describe(title, () => {
    const tools = useKind(kind)
    describeRecords(tools)
    describeOperations(tools)
    describeCrashes(tools)
    describeProcesses(tools)
  })
}
