import { type Command, InvalidArgumentError } from 'commander'
import type { Shard } from '../../../../databases/upgrade/index.ts'
import { usageError } from '../../../../errors.ts'
import { type AdminFlags, addAdminFlags, checkAdminFlags } from '../../../flags/admin.ts'
import { connectTimeoutOption } from '../../../flags/connection.ts'
import { lockTimeoutOption } from '../../../flags/schema.ts'
import { schemaSourceOptions } from '../../../flags/schema-source.ts'
import type { SourceFlags } from '../../../settings/schema-source.ts'

/** The flags as commander returns them. */
export interface UpgradeFlags extends SourceFlags, AdminFlags {
  all?: boolean
  concurrency?: number
  shard?: Shard
  dryRun?: boolean
  /** Milliseconds. */
  lockTimeout?: number
  /** Milliseconds. */
  connectTimeout?: number
}

/** So many connections to one small server leave free slots for others. */
const MOST_CONCURRENT = 16

export function addUpgradeFlags(command: Command): Command {
  command
    .option('--all', 'upgrade every stored database')
    .option(
      '--concurrency <n>',
      'number of databases at the same time, 1 to 16 (default: 4)',
      parseConcurrency,
    )
    .option(
      '--shard <i/n>',
      'of every stored database, upgrade only the part I of N; I counts from 0',
      parseShard,
    )
  for (const option of schemaSourceOptions()) command.addOption(option)
  return addAdminFlags(command)
    .addOption(lockTimeoutOption())
    .addOption(connectTimeoutOption())
    .option('--dry-run', 'look at every database and show what would be done, but change nothing')
}

/** Returns the names that are meant; `null`: none are given. Errors: `USAGE`. */
export function givenNames(
  names: readonly string[],
  { all = false, shard, ...flags }: UpgradeFlags,
): readonly string[] | 'all' | null {
  checkAdminFlags(flags)
  if (names.length > 0 && all) {
    throw usageError('Names of databases and --all are given.', 'Leave one of them out.', 'all')
  }
  if (names.length > 0 && shard) {
    throw usageError(
      'Names of databases and --shard are given: a shard is a part of all stored databases.',
      'Leave one of them out.',
      'shard',
    )
  }
  if (all || shard) return 'all'
  return names.length > 0 ? names : null
}

function parseConcurrency(value: string): number {
  const count = Number(value)
  if (!/^\d{1,2}$/.test(value) || count < 1 || count > MOST_CONCURRENT) {
    throw new InvalidArgumentError(`It must be a number from 1 to ${MOST_CONCURRENT}.`)
  }
  return count
}

/** Parses `I/N`. */
export function parseShard(value: string): Shard {
  const [, index = '', count = ''] = /^(\d{1,9})\/(\d{1,9})$/.exec(value) ?? []
  if (index === '') throw new InvalidArgumentError('It must be two numbers, as in 0/4.')
  const shard = { index: Number(index), count: Number(count) }
  if (shard.count < 1) throw new InvalidArgumentError('There must be at least one part.')
  if (shard.index >= shard.count) {
    throw new InvalidArgumentError(`The parts count from 0 to ${shard.count - 1}.`)
  }
  return shard
}
