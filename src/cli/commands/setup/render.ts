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

/** States what exists after setup, as a sentence. */
export function setupText({ secretKey, internalDatabase }: SetupResult): string {
  if (secretKey.created && internalDatabase.created) {
    return 'The secret key and the internal database were created and stay.'
  }
  if (secretKey.created) return 'The secret key was created and stays.'
  if (internalDatabase.created) return 'The internal database was created and stays.'
  return ''
}

function stateText({ created }: { created: boolean }): string {
  return created ? 'created' : 'already there and kept'
}
