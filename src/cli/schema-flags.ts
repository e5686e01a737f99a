import { Option } from 'commander'
import { EXISTING_SCHEMA_CHOICES } from '../databases/choose-action.ts'
import { parseSeconds } from './connection-flags.ts'

/** Flags of the commands that install or remove the Mathesar schemas. */

export function lockTimeoutOption(): Option {
  return new Option('--lock-timeout <s>', 'seconds to wait for any lock (default: 5)').argParser(parseSeconds)
}

export function existingSchemaOption(): Option {
  const purpose = 'Mathesar schemas that are already there (default: adopt)'
  return new Option('--existing-schema <choice>', purpose).choices(EXISTING_SCHEMA_CHOICES)
}
