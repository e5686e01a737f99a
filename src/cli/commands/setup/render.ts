import type { SetupResult } from '../../../databases/setup.ts'
import { printable } from '../../render/printable.ts'
import type { Terminal } from '../../terminal.ts'

/**
 * Writes what setup did, as one JSON document or for people; `config` is the path of the configuration file.
 */
export function showSetup(result: SetupResult, config: string | null, terminal: Terminal): void {
  if (terminal.isJson) {
    terminal.document('setup', { ...result, config, ...terminal.collected() })
    return
  }
  const { secretKey, internalDatabase } = result
  terminal.info(`Secret key, ${stateText(secretKey)}:`)
  terminal.info(`  ${printable(secretKey.source, false)}`)
  terminal.info(`Internal database, ${stateText(internalDatabase)}:`)
  terminal.info(`  ${printable(internalDatabase.location, false)}`)
  if (!secretKey.created) return
  terminal.info()
  terminal.info(
    'Keep a copy of the secret key in a safe place: without it the stored credentials can never be ' +
      'read again.',
  )
}

function stateText({ created }: { created: boolean }): string {
  return created ? 'created' : 'already there and kept'
}
