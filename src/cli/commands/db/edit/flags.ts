import type { Command } from 'commander'
import { addConnectionFlags, type ConnectionFlags } from '../../../flags/connection.ts'

/** The flags as commander returns them. */
export interface EditFlags extends ConnectionFlags {
  rename?: string
  dryRun?: boolean
}

export function addEditFlags(command: Command): Command {
  return addConnectionFlags(command, { environment: false })
    .option('--rename <name>', 'new name to store the database under')
    .option('--dry-run', 'prove the new values, but store nothing')
}
