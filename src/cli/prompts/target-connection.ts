import {
  completeSettings,
  lookUpPassword,
  missingSettings,
} from '../../databases/interface/connection-settings.ts'
import { homeDirectory } from '../../files/home-directory.ts'
import type { ConnectionSettings } from '../../postgres/types.ts'
import type { GivenConnection } from '../flags/given-connection.ts'
import type { Reporter } from '../terminal.ts'
import { type AskedField, askField } from './connection.ts'
import type { Prompts } from './prompts.ts'

/** The password is asked for once the server wants one. */
const WITHOUT_PASSWORD = ['host', 'port', 'database', 'user', 'sslmode'] as const

/**
 * Asks for the connection to a database that is not stored: for every value if the command line gives none,
 * otherwise for what has no default. Returns the given connection with the answers.
 */
export async function askTargetConnection(
  given: GivenConnection,
  isAnyTyped: boolean,
  { prompts, reporter, env }: { prompts: Prompts; reporter: Reporter; env: NodeJS.ProcessEnv },
): Promise<Omit<GivenConnection, 'values' | 'sources'> & { settings: ConnectionSettings }> {
  const { values: givenValues, sources, ...connection } = given
  const fields: readonly AskedField[] = isAnyTyped ? missingSettings(givenValues) : WITHOUT_PASSWORD
  if (!isAnyTyped) {
    reporter.info('No database is stored, and the command line names none.')
    reporter.info()
  }
  let values = givenValues
  for (const field of fields) values = await askField(field, { values, sources, known: null }, prompts)
  const settings = completeSettings(values)
  if (settings.password !== null) return { ...connection, settings }
  const { password, source } = lookUpPassword(values, env, homeDirectory(env), given.passfile)
  return { ...connection, settings: { ...settings, password }, passwordSource: source }
}
