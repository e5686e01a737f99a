import { Argument, Option } from 'commander'
import { EXISTING_SCHEMA_CHOICES } from '../../databases/existing-schema.ts'
import { parseSeconds } from './connection.ts'

/** Flags of the commands that install or remove the Mathesar schemas. */

export function lockTimeoutOption(defaults = '5'): Option {
  const purpose = `seconds to wait for any lock (default: ${defaults})`
  return new Option('--lock-timeout <s>', purpose).argParser(parseSeconds)
}

/** Returns the same for the commands that can rehearse what they do. */
export function removalLockTimeoutOption(): Option {
  return lockTimeoutOption('5, with --rehearse 1')
}

export function existingSchemaOption(): Option {
  const purpose =
    'what to do with Mathesar schemas that exist already (default: adopt, but refuse if mathesarctl installed ' +
    'them from a release; with the SQL of a release: upgrade)'
  return new Option('--existing-schema <choice>', purpose).choices(EXISTING_SCHEMA_CHOICES)
}

/** The database of a command that works on the schemas of any database. */
export function targetArgument(): Argument {
  return new Argument('[name]', 'name of a stored database; without it the flags name the database')
}
