import type { Trust } from '../../files/trust.ts'
import { openFileForReading } from './file.ts'
import type { Reader } from './reader.ts'

/**
 * How long to wait for another process's lock, in milliseconds: somebody waits for the shell's completion.
 */
const PATIENCE_MS = 200

/**
 * The names in an internal database, in order, for completion: the file is only read, and neither created nor
 * brought to this version's tables. Empty where there is none, none that can be read at once, or one that a
 * command would refuse.
 */
export function peekNames(location: string, trust: Trust): string[] {
  let reader: Reader | null = null
  try {
    reader = openFileForReading(location, { trust }, PATIENCE_MS)
    return reader.connection
      .prepare<[], string>('SELECT name FROM mathesar_database ORDER BY name')
      .pluck()
      .all()
  } catch {
    return []
  } finally {
    reader?.close()
  }
}
