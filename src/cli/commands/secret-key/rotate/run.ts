import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { KeyNotInEnvFile, LiveKeyMissing } from '../../../../databases/interface/secret-key.ts'
import { type RotationPlan, rotateKey } from '../../../../databases/rotate-key/index.ts'
import { usageError } from '../../../../errors.ts'
import { ownHomeAdvice } from '../../../../files/container-advice.ts'
import type { SecretKey } from '../../../../secrets/secret-key.ts'
import type { Invocation } from '../../../invocation.ts'
import { reportProgress } from '../../../progress.ts'
import { confirmSummary } from '../../../prompts/confirm-summary.ts'
import type { Globals } from '../../../settings/globals.ts'
import { liveOptions } from '../../../settings/live-options.ts'
import { whyNoDefault } from '../../../settings/paths.ts'
import { provenSecretKey } from '../../../settings/proven-key.ts'
import { commandToRepeat } from '../../../settings/repeated-flags.ts'
import { defaultNewKeyFile } from '../../../settings/rotation-hint.ts'
import { findSecretKey } from '../../../settings/secret-key.ts'
import { shellWord } from '../../../shell-words.ts'
import { withWorkspace } from '../../../workspace.ts'
import type { RotateFlags } from './flags.ts'
import { rotationDocument, showRotation } from './render.ts'
import { planRows } from './rows.ts'

/** Rotates the secret key and reports what to do next. Errors: those of `rotateKey`. */
export async function runRotate(invocation: Invocation, flags: RotateFlags): Promise<void> {
  const { globals, terminal, prompts } = invocation
  const { whileRunning = false, dryRun = false } = flags
  const newKeyFile = newSecretKeyFile(invocation, flags)
  const current = await currentKey(invocation, newKeyFile)
  const progress = reportProgress(terminal)
  const isAsked = prompts !== null && !globals.yes
  const result = await withWorkspace(invocation, { create: false, dryRun }, async ({ store }) => {
    const { isMathesars } = store.capabilities
    const rotated = await rotateKey(
      store,
      {
        current,
        newKeyFile,
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
    return { ...rotated, isMathesars, location: store.location }
  }).finally(progress.stop)
  const context = {
    place: current?.place ?? null,
    live: globals.live,
    again: rotateAgain(globals, flags),
  }
  if (terminal.isJson) {
    terminal.document('secret-key rotate', {
      ...rotationDocument(result, context),
      ...terminal.collected(),
    })
  } else showRotation(result, context, terminal)
}

/** Returns the command line of the run that finishes the rotation. */
function rotateAgain(globals: Globals, { newSecretKeyFile: file }: RotateFlags): string {
  const command = 'mathesarctl secret-key rotate'
  return commandToRepeat(
    file === undefined ? command : `${command} --new-secret-key-file ${shellWord(file)}`,
    globals,
  )
}

function warnOfUnseen({ sessions, state }: RotationPlan, { warn }: Invocation['terminal']): void {
  if (sessions !== null || state === 'finishing') return
  warn(
    'Nothing shows whether this Mathesar is running: it does not name its sessions.',
    'Stop it before you rotate the key: with the old key it can no longer read its passwords.',
  )
}

/** Returns whether no setting gives a key. A file that was named and can't be used is never skipped. */
function isNoneGiven(error: unknown): boolean {
  return error instanceof LiveKeyMissing || error instanceof KeyNotInEnvFile
}

/** Errors: `USAGE` if no file is named and there is no home directory. */
function newSecretKeyFile({ globals, env }: Invocation, { newSecretKeyFile: named }: RotateFlags): string {
  if (named !== undefined) return resolve(named)
  const path = defaultNewKeyFile(globals)
  if (path !== null) return path
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
): Promise<SecretKey | null> {
  const live = await liveOptions(globals, { signal, reporter: terminal })
  try {
    const proven = await provenSecretKey(globals, env, terminal.warn, live)
    return proven ?? findSecretKey(globals, env, terminal.warn)
  } catch (error) {
    if (existsSync(newKeyFile) && isNoneGiven(error)) return null
    throw error
  }
}
