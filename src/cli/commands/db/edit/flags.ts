import type { Command } from 'commander'
import { addConnectionFlags, type ConnectionFlags } from '../../../flags/connection.ts'
import { mathesarUserOption } from '../../../flags/mathesar-user.ts'
import { roleOption } from '../../../flags/role.ts'

/** The flags as commander returns them. */
export interface EditFlags extends ConnectionFlags {
  rename?: string
  role?: string
  mathesarUser?: string[]
  dryRun?: boolean
}

export function addEditFlags(command: Command): Command {
  return addConnectionFlags(command, { environment: false })
    .option('--rename <name>', 'new name to store the database under')
    .addOption(mathesarUserOption('uses the database as that role from then on'))
    .addOption(roleOption())
    .option('--dry-run', 'prove the new values, but store nothing')
}
