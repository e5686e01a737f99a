import { compose } from '../../postgres/compose.ts'
import type { Belongings } from '../types.ts'
import exceedingSql from './exceeding.sql'

/** A kind of rows that go with a database, and a subquery that counts them. */
export interface CountedRows {
  kind: keyof Belongings
  count: string
}

/**
 * Returns the common table expression `exceeding` of a statement that deletes a database: the kinds of which
 * more goes with it than was agreed to.
 *
 * @param agreed the parameter with the agreed counts
 */
export function exceedingRows(counts: readonly CountedRows[], agreed: string): string {
  const values = counts.map(({ kind, count }) => `('${kind}', ${count})`)
  // Without anything to count, nothing can exceed.
  return compose(exceedingSql, { agreed, counts: ["('', 0::bigint)", ...values].join(',\n    ') })
}
