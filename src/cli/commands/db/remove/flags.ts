import type { Command } from 'commander'
import { usageError } from '../../../../errors.ts'
import { type AdminFlags, addAdminFlags, checkAdminFlags } from '../../../flags/admin.ts'
import { connectTimeoutOption } from '../../../flags/connection.ts'
import {
  addRemovalFlags,
  addTrialFlags,
  checkRemovalFlags,
  type RemovalFlags,
} from '../../../flags/removal.ts'
import { roleOption } from '../../../flags/role.ts'
import { removalLockTimeoutOption } from '../../../flags/schema.ts'

/** The flags as commander returns them. */
export interface RemoveFlags extends RemovalFlags, AdminFlags {
  removeSchema?: boolean
  sharedSchema?: boolean
  forgetUnreachable?: boolean
  role?: string
  /** Milliseconds. */
  connectTimeout?: number
}

export function addRemoveFlags(command: Command): Command {
  command.option('--remove-schema', 'drop the Mathesar schemas too, before deleting the credentials')
  return addTrialFlags(
    addAdminFlags(addRemovalFlags(command))
      .option(
        '--shared-schema',
        'drop them even if the database is also stored under other names (default: ask at a ' +
          'terminal, otherwise refuse)',
      )
      .option('--forget-unreachable', 'remove the record even if the server or the database is gone')
      .addOption(roleOption())
      .addOption(connectTimeoutOption())
      .addOption(removalLockTimeoutOption()),
  )
}

/**
 * Refuses flags that mean nothing together. Errors: `USAGE`.
 *
 * @param canAskSchema whether the operator may still choose to remove the schemas
 */
export function checkRemoveFlags(flags: RemoveFlags, canAskSchema: boolean): void {
  checkRemovalFlags(flags)
  checkAdminFlags(flags)
  if (flags.role !== undefined && flags.adminUser !== undefined) {
    throw usageError(
      '--role chooses a stored role, and --admin-user another one.',
      'Leave one of them out.',
      'admin-user',
    )
  }
  if (flags.rehearse && !flags.removeSchema) throw withoutEffect('rehearse', 'to rehearse the removal of')
  if (flags.rehearse && flags.forgetUnreachable) {
    throw usageError(
      'A rehearsal removes no record: --forget-unreachable has no effect with --rehearse.',
      'Use one of them.',
      'forget-unreachable',
    )
  }
  if (flags.removeSchema || canAskSchema) return
  if (flags.onDependents && flags.onDependents !== 'refuse') throw withoutEffect('on-dependents')
  if (flags.keepTypes) throw withoutEffect('keep-types')
  if (flags.sharedSchema) throw withoutEffect('shared-schema')
  if (flags.role !== undefined) throw withoutEffect('role')
  if (flags.adminUser !== undefined) throw withoutEffect('admin-user')
}

function withoutEffect(flag: string, purpose = 'to drop'): Error {
  return usageError(
    `--${flag} has no effect without --remove-schema: only the record would be removed.`,
    `Add --remove-schema ${purpose} the Mathesar schemas too, or leave --${flag} out.`,
    flag,
  )
}
