import { OperatorError } from '../../errors.ts'
import { describeServer } from '../../postgres/describe.ts'
import type { ConnectionSettings, DatabaseIdentity } from '../../postgres/types.ts'
import type { RunOptions } from '../events.ts'
import { warnOfLoopback } from '../loopback.ts'
import { withOpen } from '../open.ts'
import { recordSettings } from '../record-settings.ts'
import { quotedNames } from '../same-database.ts'
import { findSameServer, findSpelled, storedAddress } from '../same-server.ts'
import { warnOfStoredTls } from '../ssl-mode.ts'
import { warnOfUnprovedPort } from '../unproved-port.ts'
import { findExisting, namesTaken, requireOwnName } from './existing.ts'
import { planRow } from './row.ts'
import type { AddRequest, RowPlan, SettledRequest } from './types.ts'

/**
 * Decides what the add writes into the store, once the server has shown which one it is: a server that is
 * stored in another spelling keeps that spelling, instead of getting a second row, if it is proved to be one.
 *
 * Errors: `NAME_TAKEN`, `USAGE`, `SECRET_KEY_MISMATCH`, those of the store.
 */
export async function settleRequest(
  request: AddRequest,
  identity: DatabaseIdentity,
  { isPresent }: { isPresent: boolean },
): Promise<SettledRequest> {
  const { store, input, options, namesakes } = request
  const proved = input.settings
  const respelled = await respell(request, identity, isPresent)
  const settings = respelled ?? recordSettings(proved, store.capabilities)
  const existing = respelled ? await findExisting(store, namesakes, settings) : request.existing
  if (existing === null && namesakes.length > 0) throw namesTaken(store, input.name, namesakes, settings)
  if (existing === null) requireOwnName(store, input.name, settings)
  const row = await planRow(request, existing, settings)
  warnOfStoredTls(proved, store.capabilities, options)
  if (existing === null) {
    warnOfLoopback(settings, request.input, options)
    warnOfUnprovedPort(settings, input.internal ?? [], options)
  }
  // Where a plan is confirmed, that shows it.
  if (input.confirm === undefined || input.dryRun) warnOfShared(row, settings, options)
  const name = existing?.database.name ?? input.name
  const isOtherSpelling = respelled !== null
  return { ...request, input: { ...input, name }, existing, row: { ...row, isOtherSpelling } }
}

/** Warns, before anything is stored, of what the run changes for other stored databases. */
function warnOfShared(
  { passwordSharedWith, sslmode }: Pick<RowPlan, 'passwordSharedWith' | 'sslmode'>,
  { user, sslmode: mode }: ConnectionSettings,
  options: RunOptions,
): void {
  if (passwordSharedWith.length > 0) {
    options.onProgress?.({
      type: 'warning',
      message: `The new password of role "${user}" replaces the stored one also for ${quotedNames(passwordSharedWith)}.`,
      hint: 'Mathesar stores one password for each role of a server.',
    })
  }
  if (sslmode !== null && sslmode.sharedWith.length > 0) {
    options.onProgress?.({
      type: 'warning',
      message: `TLS mode ${mode} replaces ${sslmode.before} also for ${quotedNames(sslmode.sharedWith)}.`,
      hint: 'Mathesar stores one TLS mode for each server. To keep it, leave --sslmode out.',
    })
  }
}

/**
 * Returns the settings in the spelling in which the server is stored, after it has proved them with a
 * connection; `null` if they have it already, or the server is not stored.
 */
async function respell(
  { store, input, options }: AddRequest,
  identity: DatabaseIdentity,
  isPresent: boolean,
): Promise<ConnectionSettings | null> {
  const { capabilities } = store
  const { settings, assumed = [], isInContainer = false } = input
  if (!capabilities.hasServers || findSpelled(await store.servers(), settings) !== null) return null
  const login = { settings, isDatabaseMissing: !isPresent }
  const found = await findSameServer(store, login, identity, { ...options, isInContainer })
  if (found === null) return null
  const { server, isProved } = found
  const respelled = {
    ...recordSettings(settings, capabilities),
    ...storedAddress(server),
    ...(assumed.includes('sslmode') ? { sslmode: server.sslmode } : {}),
  }
  const { onProgress, ...quiet } = options
  const given = describeServer(settings)
  const stored = describeServer(respelled)
  if (!isProved) {
    onProgress?.({
      type: 'warning',
      message:
        `The server ${given} may be the same as ${stored}, which is stored already, but nothing proves it. ` +
        `So ${given} becomes a server of its own for Mathesar.`,
      hint: `If they are one server, pass --host ${respelled.host} --port ${respelled.port} instead.`,
    })
    return null
  }
  try {
    // A missing database can't be opened yet, but its server has shown that it is the same.
    if (isPresent) await withOpen(respelled, quiet, async () => {})
  } catch (error) {
    if (!(error instanceof OperatorError) || options.signal?.aborted) throw error
    onProgress?.({
      type: 'warning',
      message:
        `The server ${given} is stored already, as ${stored}, but a connection to that fails: ` +
        `${error.message} So ${given} becomes a server of its own for Mathesar.`,
      hint: 'Check whether the server admits the role from everywhere.',
    })
    return null
  }
  onProgress?.({
    type: 'warning',
    message: `The server ${given} is stored already, as ${stored}: the database is stored with that spelling.`,
    hint: 'Mathesar counts each spelling as a server of its own, with its own roles and passwords.',
  })
  return respelled
}
