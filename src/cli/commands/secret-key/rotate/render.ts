import type { RotateKeyResult } from '../../../../databases/rotate-key/index.ts'
import { isLineToRun, shellQuoted, toRun } from '../../../../hint.ts'
import type { KeyPlace } from '../../../../secrets/secret-key.ts'
import type { DocumentOf } from '../../../json/index.ts'
import { printable } from '../../../render/printable.ts'
import type { LiveMathesar } from '../../../settings/live.ts'
import type { Terminal } from '../../../terminal.ts'
import { credentialText, creditText } from './rows.ts'

/** What a rotation is reported with beside its result. */
export interface RotationContext {
  /** Where the old key came from; `null` if the settings gave none. */
  place: KeyPlace | null
  live: LiveMathesar | null
  /** The command line of the run that finishes the rotation. */
  again: string
}

type Rotated = RotateKeyResult & { isMathesars: boolean; location: string }

/** Returns where the operator has to set the new key; `null` if nothing is left to do there. */
function placeToSet({ state, keyFile }: RotateKeyResult, { place, live }: RotationContext): KeyPlace | null {
  if (state === 'finishing' || keyFile !== null) return null
  if (place !== null && place.kind !== 'built-in') return place
  return live?.envFile ? { kind: 'env-file', path: live.envFile } : { kind: 'environment' }
}

/** Returns the JSON document: paths, and never a key. */
export function rotationDocument(result: Rotated, context: RotationContext): DocumentOf<'secret-key rotate'> {
  const { status, reencrypts, current, unopened, plainText, newKeyFile, backup, keyFile, sessions } = result
  const place = placeToSet(result, context)
  return {
    status,
    reencrypted: reencrypts,
    current,
    unopened,
    plainText,
    newSecretKeyFile: newKeyFile,
    backup,
    replacedSecretKeyFile: keyFile,
    toSet:
      place === null || place.kind === 'built-in'
        ? null
        : { kind: place.kind, path: place.kind === 'environment' ? null : place.path },
    shouldRestart: result.isMathesars && status !== 'finished',
    sessions: sessions === null ? null : [...sessions],
  }
}

/** Writes for people what a rotation did, and what to do next. */
export function showRotation(result: Rotated, context: RotationContext, terminal: Terminal): void {
  const { status, reencrypts, unopened, plainText, newKeyFile, backup, keyFile } = result
  const credentials = creditText(reencrypts)
  const info = (text: string) => {
    for (const line of text.split('\n')) terminal.info(printable(line, false), { isWhole: isLineToRun(line) })
  }
  if (status === 'planned') {
    info(`Nothing was changed. Without --dry-run these would be re-encrypted: ${credentials || 'none'}.`)
  } else if (credentials === '') {
    info(
      status === 'finished'
        ? 'Nothing is left to re-encrypt: the rotation to the key in use is finished.'
        : 'No credential had to be re-encrypted.',
    )
  } else terminal.info(`${terminal.style.green('Re-encrypted')} ${credentials}.`)
  for (const one of unopened)
    info(`No known key opens this one, which stays as it is: ${credentialText(one)}.`)
  for (const one of plainText) info(`Not encrypted, and left so: ${credentialText(one)}.`)
  if (status === 'finished') {
    info(
      result.isKeyFileInUse
        ? 'To rotate the key again, name another file with --new-secret-key-file.'
        : 'The next run begins another rotation.',
    )
    return
  }
  info(`New key: ${newKeyFile}`)
  if (backup !== null) info(`Copy of the old key: ${backup}`)
  if (keyFile !== null) {
    info(
      status === 'planned'
        ? `The key file ${keyFile} would get the new key.`
        : `The key file ${keyFile} has the new key: mathesarctl uses it from now on.`,
    )
  }
  if (status === 'planned') return
  for (const step of nextSteps(result, context)) info(step)
}

/** States what to set and what to restart. */
function nextSteps(result: Rotated, context: RotationContext): string[] {
  const { newKeyFile, keyFileProblem, isMathesars } = result
  const place = placeToSet(result, context)
  if (place === null) return []
  const restart = isMathesars
    ? [
        context.live?.isInContainer === true
          ? 'Then recreate the container of Mathesar (docker compose up -d), since a restart keeps its old environment. All web sessions end: everybody logs in again.'
          : 'Then restart Mathesar. All web sessions end: everybody logs in again.',
        toRun(
          'Then run the command again, which re-encrypts what the old key has written meanwhile:',
          context.again,
        ),
      ]
    : []
  // A copy of the key for mathesarctl alone: Mathesar reads its own elsewhere.
  const isCopy = isMathesars && place.kind === 'file' && !place.isMathesars
  const own = isCopy ? [`Set the SECRET_KEY of Mathesar to the content of ${newKeyFile}.`] : []
  if (!isMathesars && place.kind === 'env-file') return sharedSteps(place.path, newKeyFile)
  return [...own, setText(place, newKeyFile, keyFileProblem), ...restart]
}

/** States where the new key goes if the old one is in an `.env` file that a Mathesar may read as well. */
function sharedSteps(envFile: string, newKeyFile: string): string[] {
  return [
    toRun(
      `If a Mathesar reads SECRET_KEY from ${envFile}, do not change that file: that Mathesar still has the old ` +
        'key. Pass the new key for this internal database with:',
      `--secret-key-file ${shellQuoted(newKeyFile)}`,
    ),
    `If no Mathesar reads it, set SECRET_KEY there to the content of ${newKeyFile}.`,
  ]
}

function setText(place: KeyPlace, newKeyFile: string, problem: string | undefined): string {
  switch (place.kind) {
    case 'file':
      return toRun(
        problem === undefined
          ? `Put the new key into the key file ${place.path}. Run:`
          : `The key file ${place.path} could not be replaced: ${problem}. Put the new key there. Run:`,
        `cat ${shellQuoted(newKeyFile)} > ${shellQuoted(place.path)}`,
      )
    case 'env-file':
      return `Set SECRET_KEY in ${place.path} to the content of ${newKeyFile}.`
    default:
      return `Set the variable SECRET_KEY to the content of ${newKeyFile}, for Mathesar and for mathesarctl.`
  }
}
