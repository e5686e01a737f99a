import type pg from 'pg'
import type { Classified, ErrorContext } from './classified.ts'
import { describeServer } from './describe.ts'
import type { ConnectionReason } from './errors.ts'

/** What the server lacks, or what failed in it: the reason, a sentence, and what to do. */
interface Shortage {
  reason: ConnectionReason
  message: (server: string) => string
  hint: string
}

const DISK_FAILED: Shortage = {
  reason: 'server disk',
  message: (server) => `The server at ${server} can't read or write its files`,
  hint: "Ask an administrator to check the server's disks and its log. Then run the command again.",
}

const DAMAGED: Shortage = {
  reason: 'server disk',
  message: (server) => `The server at ${server} found damaged data`,
  hint: 'Do not change this database before an administrator has checked the disks of the server, and has compared the database with a backup.',
}

/**
 * By SQLSTATE (PostgreSQL manual, Appendix A): class 53 without `too_many_connections`, class 54, and the
 * errors of classes 58 and XX that are about files.
 */
const SHORTAGES: Readonly<Record<string, Shortage>> = {
  '53000': {
    reason: 'out of resources',
    message: (server) => `The server at ${server} lacks resources`,
    hint: 'Run the command again when the server has less to do, or ask an administrator to raise the limit.',
  },
  '53100': {
    reason: 'disk full',
    message: (server) => `The disk of the server at ${server} is full`,
    hint: 'Ask an administrator to free space on the server (tables, indexes and write-ahead log need some). Then run the command again.',
  },
  '53200': {
    reason: 'out of memory',
    message: (server) => `The server at ${server} is out of memory`,
    hint: 'If the server asks for more max_locks_per_transaction, raise that setting and restart it. Otherwise run the command again when the server has less to do.',
  },
  '53400': {
    reason: 'out of resources',
    message: (server) => `The work exceeds a configured limit of the server at ${server}`,
    hint: 'Ask an administrator to raise that limit (such as temp_file_limit) for this role. Then run the command again.',
  },
  '54000': {
    reason: 'out of resources',
    message: (server) => `The work exceeds a limit of the server at ${server}`,
    hint: 'Ask an administrator to raise the limit that the message names (such as max_stack_depth), if the server has a setting for it.',
  },
  '58000': DISK_FAILED,
  '58030': DISK_FAILED,
  '58P01': DISK_FAILED,
  '58P02': DISK_FAILED,
  XX001: DAMAGED,
  XX002: DAMAGED,
}

/** Other codes of these classes mean the same as the class. */
const CLASSES: Readonly<Record<string, Shortage | undefined>> = {
  '53': SHORTAGES['53000'],
  '54': SHORTAGES['54000'],
  '58': DISK_FAILED,
}

/**
 * Classifies an error by which the server reports that it lacks disk, memory or another resource, or that its
 * own files failed: neither the command nor this program can correct that. `null` for any other error.
 */
export function resourceError(error: pg.DatabaseError, context: ErrorContext): Classified | null {
  const code = error.code ?? ''
  const shortage = SHORTAGES[code] ?? CLASSES[code.slice(0, 2)]
  if (shortage === undefined) return null
  return {
    code: 'CONNECTION_FAILED',
    message: `${shortage.message(describeServer(context.settings))}: ${error.message}.`,
    hint: context.isLogin ? shortage.hint : `Nothing is left half done. ${shortage.hint}`,
    reason: shortage.reason,
  }
}
