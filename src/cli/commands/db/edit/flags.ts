import type { Command } from 'commander'
import { addConnectionFlags, type ConnectionFlags } from '../../../flags/connection.ts'

/** The flags as commander gives them. */
export interface EditFlags extends ConnectionFlags {
  rename?: string
  dryRun?: boolean
}

export function addEditFlags(command: Command): Command {
  return addConnectionFlags(command)
    .option('--rename <name>', 'store it under another name')
    .option('--dry-run', 'prove the new values, store nothing')
}
