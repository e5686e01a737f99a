import { describeServer } from '../../postgres/describe.ts'
import type { DatabaseIdentity } from '../../postgres/types.ts'
import type { RunOptions } from '../events.ts'
import { warnOfLoopback } from '../loopback.ts'
import { findSameServer, storedAddress } from '../same-server.ts'
import { warnOfUnprovedPort } from '../unproved-port.ts'
import type { Change, EditRequest } from './change.ts'
import { findServer } from './sharing.ts'

/**
 * Warns of what a database meets on the server that it moves to: roles that were not tried there, an address
 * that means another machine to Mathesar, and a server that is stored in another spelling.
 */
export async function warnOfMove(
  { store, stored, input }: EditRequest,
  { settings, fields, shared }: Change,
  identity: DatabaseIdentity,
  options: RunOptions,
): Promise<void> {
  if (!fields.includes('host') && !fields.includes('port')) return
  warnOfLoopback(settings, input, options)
  warnOfUnprovedPort(settings, input.internal ?? [], options)
  if (!store.capabilities.hasServers) return
  warnOfOtherRoles(stored.access ?? [], settings.user, shared.access ?? [], options)
  if ((await findServer(store, stored, settings)) !== null) return
  const { isInContainer = false } = input
  const found = await findSameServer(store, { settings }, identity, { ...options, isInContainer })
  if (found === null) return
  const { server: same, isProved } = found
  // A server that is left without databases is deleted: then there is one row as before.
  if (same.databases.every((name) => name === stored.name)) return
  const { host, port } = storedAddress(same)
  options.onProgress?.({
    type: 'warning',
    message:
      `The server ${describeServer(settings)} ${isProved ? 'is' : 'may be'} stored already, as ` +
      `${describeServer({ host, port })}: ` +
      'Mathesar counts each spelling as a server of its own, with its own roles and passwords.',
    hint: same.databases.includes(stored.name)
      ? 'Its other databases stay there: change each of them too, if they are to move.'
      : `${isProved ? 'To' : 'If they are one server, to'} move the database to the stored one, pass ` +
        `--host ${host} --port ${port}.`,
  })
}

/** The other roles of the database move with it, though nothing proves that they can log in there. */
function warnOfOtherRoles(
  access: readonly { user: string; role: string }[],
  proved: string,
  changes: readonly { user: string }[],
  options: RunOptions,
): void {
  const isMoved = new Set(changes.map(({ user }) => user))
  const others = access.filter(({ user, role }) => role !== proved && !isMoved.has(user))
  const roles = [...new Set(others.map(({ role }) => role))].map((role) => JSON.stringify(role))
  if (roles.length === 0) return
  options.onProgress?.({
    type: 'warning',
    message:
      roles.length === 1
        ? `Role ${roles.join('')} moves along, and was not tried on the new server.`
        : `The roles ${roles.join(', ')} move along, and were not tried on the new server.`,
    hint: 'Test them with "mathesarctl db test" and --role.',
  })
}
