import type { Trust } from '../../files/trust.ts'
import { openFileForReading } from './file.ts'
import type { Reader } from './reader.ts'

/**
 * How long to wait for another process's lock, in milliseconds: somebody waits for the shell's completion.
 */
const PATIENCE_MS = 200

/**
 * Returns the names in an internal database in order, for completion. Only reads the file. Returns none if
 * there is no file, if it can't be read at once, or if a command would refuse it.
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
