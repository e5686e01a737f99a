import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import {
  defaultKeyFile,
  KeyNotInEnvFile,
  LiveKeyMissing,
  PUBLIC_KEY,
  pendingKeyFile,
  pendingRotations,
} from '../../../../databases/interface/secret-key.ts'
import { type RotationPlan, rotateKey } from '../../../../databases/rotate-key/index.ts'
import { EXIT_STATUS, OperatorError, usageError } from '../../../../errors.ts'
import { ownHomeAdvice } from '../../../../files/container-advice.ts'
import type { SecretKey } from '../../../../secrets/secret-key.ts'
import type { Invocation } from '../../../invocation.ts'
import { reportProgress } from '../../../progress.ts'
import { confirmSummary } from '../../../prompts/confirm-summary.ts'
import { liveOptions } from '../../../settings/live-options.ts'
import { whyNoDefault } from '../../../settings/paths.ts'
import { provenSecretKey } from '../../../settings/proven-key.ts'
import { keyDirectory, newKeyTrust, withRotationHint } from '../../../settings/rotation-hint.ts'
import { findSecretKey } from '../../../settings/secret-key.ts'
import { withWorkspace } from '../../../workspace.ts'
import { type FilesOwner, filesOwner } from './files-owner.ts'
import type { RotateFlags } from './flags.ts'
import { rotationDocument, showRotation } from './render.ts'
import { planRows } from './rows.ts'
import { keyFileWarning } from './steps.ts'

/** Rotates the secret key and reports what to do next. Errors: those of `rotateKey`. */
export async function runRotate(invocation: Invocation, flags: RotateFlags): Promise<void> {
  const { globals, terminal, prompts } = invocation
  const { whileRunning = false, dryRun = false } = flags
  const directory = keyDirectory(globals)
  const named = flags.newSecretKeyFile === undefined ? null : resolve(flags.newSecretKeyFile)
  const defaultFile = named ?? newSecretKeyFile(invocation, directory)
  const current = await currentKey(invocation, defaultFile, directory)
  const held = heldKey(invocation)
  const outranked = outrankedKey(invocation)
  const owner = filesOwner(invocation)
  const progress = reportProgress(terminal)
  const isAsked = prompts !== null && !globals.yes
  const result = await withWorkspace(invocation, { create: false, dryRun }, async ({ store }) => {
    const { isMathesars } = store.capabilities
    if (isMathesars) warnOfOther(owner, globals, terminal)
    const pending =
      named === null && directory !== null
        ? pendingKeyFile(directory, store.identity.key, { trust: newKeyTrust(globals) })
        : null
    const rotated = await rotateKey(
      store,
      {
        current,
        held,
        outranked,
        filesOwner: owner.kind,
        newKeyFile: pending ?? defaultFile,
        isKeyFileNamed: named !== null || pending !== null,
        noteDirectory: directory,
        usualKeyFile: globals.files.secretKey,
        groups: globals.groups,
        whileRunning,
        dryRun,
        confirm: async (plan: RotationPlan) => {
          if (isMathesars && !whileRunning) warnOfUnseen(plan, terminal)
          if (!isAsked) return true
          progress.stop()
          return confirmSummary(planRows(plan, store), 'Re-encrypt the credentials now?', {
            prompts,
            reporter: terminal,
            yes: false,
          })
        },
      },
      { onProgress: progress.event },
    )
    if (dryRun && isMathesars && !whileRunning) warnOfUnseen(rotated, terminal)
    return { ...rotated, isMathesars, location: store.location }
  }).finally(progress.stop)
  const context = { globals, current, held, outranked, owner, isFileNamed: named !== null }
  const warning = keyFileWarning(result)
  const warn = () => {
    if (warning !== null) terminal.warn(warning.message, warning.hint, { isFailure: !dryRun })
  }
  if (terminal.isJson) warn()
  if (terminal.isJson) {
    terminal.document('secret-key rotate', {
      ...rotationDocument(result, context),
      ...terminal.collected(),
    })
  } else {
    showRotation(result, context, terminal)
    warn()
  }
  // Whatever reads that file next finds a key that does not fit.
  if (warning !== null && !dryRun) process.exitCode = EXIT_STATUS.SECRET_KEY_MISMATCH
}

function warnOfUnseen({ sessions, state }: RotationPlan, { warn }: Invocation['terminal']): void {
  if (sessions !== null || state === 'finishing') return
  warn(
    'Nothing shows whether this Mathesar is running: it does not name its sessions.',
    'Stop it before you rotate the key: with the old key it can no longer read its passwords.',
  )
}

/** A copy of an internal database has the key of the other Mathesar, so that its `.env` file fits. */
function warnOfOther(
  { kind, location }: FilesOwner,
  { internalDb, envFile }: Invocation['globals'],
  { warn }: Invocation['terminal'],
): void {
  if (kind !== 'other') return
  warn(
    `${envFile} names the internal database ${location}, and this run rotates the key of ${internalDb.location}.`,
    'If it is the file of another Mathesar, that one keeps its key: name the .env file of this Mathesar with ' +
      '--env-file.',
  )
}

/** Returns whether no setting gives a key. A file that was named and can't be used is never skipped. */
function isNoneGiven(error: unknown): boolean {
  return error instanceof LiveKeyMissing || error instanceof KeyNotInEnvFile
}

/** Errors: `USAGE` if there is no home directory. */
function newSecretKeyFile({ env }: Invocation, directory: string | null): string {
  if (directory !== null) return defaultKeyFile(directory)
  throw usageError(
    `The new secret key file has no default location: ${whyNoDefault(env, 'config')}.`,
    `Name a file with --new-secret-key-file PATH, or ${ownHomeAdvice()}.`,
    'new-secret-key-file',
  )
}

/**
 * Returns the key that the settings give; `null` if they give none and a rotation has begun: then its files
 * have the keys.
 */
async function currentKey(
  { globals, env, terminal, signal }: Invocation,
  newKeyFile: string,
  directory: string | null,
): Promise<SecretKey | null> {
  const live = await liveOptions(globals, { signal, reporter: terminal })
  try {
    const proven = await provenSecretKey(globals, env, terminal.warn, live, true)
    return proven ?? findSecretKey(globals, env, terminal.warn)
  } catch (error) {
    if (isNoneGiven(error)) {
      const isBegun = () =>
        existsSync(newKeyFile) ||
        (directory !== null && pendingRotations(directory, { trust: newKeyTrust(globals) }).length > 0)
      if (isBegun()) return null
    }
    const { location } = globals.internalDb
    if (!(error instanceof OperatorError) || location === null) throw error
    throw await withRotationHint(error, globals, { location, live, env })
  }
}

/**
 * Returns what the settings hold without the flag that gives the key of this run; `null` without that flag.
 */
function heldKey({ globals, env }: Invocation): SecretKey | null {
  if (globals.secretKeyFile === undefined) return null
  try {
    return findSecretKey({ ...globals, secretKeyFile: undefined }, env, () => {})
  } catch (error) {
    if (error instanceof OperatorError) return null
    throw error
  }
}

/** Returns what the files of the settings give where a flag or a variable outranks them; otherwise `null`. */
function outrankedKey({ globals, env }: Invocation): SecretKey | null {
  const { SECRET_KEY: text, MATHESAR_SECRET_KEY_FILE: file, ...others } = env
  if (!(globals.secretKeyFile ?? (text || file))) return null
  try {
    return findSecretKey({ ...globals, secretKeyFile: undefined }, others, () => {})
  } catch (error) {
    if (error instanceof LiveKeyMissing) return globals.live?.envFile ? BUILT_IN : null
    if (error instanceof OperatorError) return null
    throw error
  }
}

/** What Mathesar 0.1.4 to 0.4.0 uses where nothing gives it a key. */
const BUILT_IN: SecretKey = {
  key: PUBLIC_KEY,
  source: 'the public key of Mathesar 0.1.4 to 0.4.0',
  place: { kind: 'built-in' },
  hasFinalNewline: false,
}
