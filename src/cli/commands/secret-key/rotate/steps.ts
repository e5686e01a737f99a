import { isDeepStrictEqual } from 'node:util'
import { isKeyCopy, readEnvSettings, secretFilesOf } from '../../../../databases/interface/secret-key.ts'
import type { NamedCredential, RotateKeyResult } from '../../../../databases/rotate-key/index.ts'
import { shellQuoted, toRun } from '../../../../hint.ts'
import type { VariablePlace } from '../../../../secrets/env-file.ts'
import type { KeyPlace, SecretKey } from '../../../../secrets/secret-key.ts'
import type { Globals } from '../../../settings/globals.ts'
import { commandToRepeat } from '../../../settings/repeated-flags.ts'
import { shellWord } from '../../../shell-words.ts'
import type { FilesOwner } from './files-owner.ts'
import { restartStep, SESSIONS } from './restart.ts'
import { copyKeyCommand, setVariableCommand } from './set-command.ts'

/** What a rotation is reported with beside its result. */
export interface RotationContext {
  globals: Globals
  /** The key of this run; `null` if the settings gave none. */
  current: SecretKey | null
  /** What the settings hold where a flag gave that key; `null` if no flag did, or if they hold none. */
  held: SecretKey | null
  /** What the files of the settings give where a flag or a variable outranks them; otherwise `null`. */
  outranked: SecretKey | null
  /** Whose the `.env` file is that the settings name. */
  owner: FilesOwner
  /** The file that a flag named for the new key. */
  isFileNamed: boolean
}

type Rotated = RotateKeyResult & { isMathesars: boolean }

/** Returns the key in the settings: never that of a dated copy that a flag gave for one run. */
function settingsKey({ current, held, owner }: RotationContext): SecretKey | null {
  const isCopy = (key: SecretKey | null) => key?.place.kind === 'file' && isKeyCopy(key.place.path)
  if (owner.kind === 'other' && !isCopy(current)) return current
  if (isCopy(current)) return isCopy(held) ? null : held
  // The flag may name a file for mathesarctl alone, beside the settings of Mathesar.
  return held !== null && held.key === current?.key && !isCopy(held) ? held : current
}

type SettablePlace = Exclude<KeyPlace, { kind: 'built-in' }>

/**
 * Returns where the operator has to set the new key, the place that Mathesar reads first; none if nothing is
 * left to do.
 */
export function placesToSet(
  {
    state,
    keyFile,
    keyFileProblem,
    oldPlaces,
  }: Pick<RotateKeyResult, 'state' | 'keyFile' | 'keyFileProblem' | 'oldPlaces'>,
  context: RotationContext,
): SettablePlace[] {
  if (keyFileProblem?.kind === 'unproven') return []
  const { live, envFile } = context.globals
  const settable = (place: KeyPlace | undefined): SettablePlace => {
    if (isOfOther(place, context)) return { kind: 'environment' }
    if (place && place.kind !== 'built-in') return place
    // The key that Mathesar contains is used where the `.env` file of that Mathesar gives none.
    const file = place === undefined ? live?.envFile : envFile
    if (!file) return { kind: 'environment' }
    return { kind: 'env-file', ...readEnvSettings(file).placeOf('SECRET_KEY') }
  }
  if (oldPlaces.length > 0) return oldPlaces.map(settable)
  return state === 'finishing' || keyFile !== null ? [] : [settable(settingsKey(context)?.place)]
}

/** Returns whether another Mathesar reads its key from a place. */
function isOfOther(place: KeyPlace | undefined, { globals, owner }: RotationContext): boolean {
  if (owner.kind !== 'other' || !globals.envFile || place === undefined) return false
  return (
    place.kind === 'env-file' ||
    (place.kind === 'file' && secretFilesOf(globals.envFile).includes(place.path))
  )
}

/** Returns what the settings hold their key in, as the subject of a sentence. */
export function placeName({ held }: RotationContext): string {
  switch (held?.place.kind) {
    case 'file':
      return `The key file ${held.place.path}`
    case 'env-file':
      return `${held.place.variable ?? 'SECRET_KEY'} in ${held.place.path}`
    default:
      return 'The variable SECRET_KEY'
  }
}

/** States what to set and what to restart. */
export function nextSteps(result: Rotated, context: RotationContext): string[] {
  const { newKeyFile, isMathesars, keyFileProblem } = result
  const places = placesToSet(result, context)
  const [place] = places
  if (place === undefined) return []
  if (!isMathesars && place.kind === 'env-file') return sharedSteps(place, newKeyFile)
  if (isMathesars && isOfOther(context.current?.place, context)) return otherSteps(result, context)
  const again = rotateAgain(result, context)
  const setTexts = places.map((one) => setText(one, result, context))
  if (!isMathesars) {
    return [
      // The warning states how to replace a key file that was not replaced.
      ...(keyFileProblem === undefined ? setTexts : []),
      toRun('Then run the command again, which finishes the rotation:', again),
    ]
  }
  // A copy of the key for mathesarctl alone: Mathesar reads its own elsewhere.
  const isCopy = place.kind === 'file' && !place.isMathesars
  return [
    ...(isCopy ? [`Set the SECRET_KEY of Mathesar to the content of ${newKeyFile}.`] : []),
    ...setTexts,
    restartStep(isCopy ? { kind: 'environment' } : place, context.globals.live),
    toRun(
      'Then run the command again, which re-encrypts what the old key has written meanwhile, and finishes the ' +
        'rotation:',
      again,
    ),
  ]
}

/** Returns the warning that a key file does not get the new key, and what to do; `null` if there is none. */
export function keyFileWarning({
  keyFileProblem: problem,
  newKeyFile,
  status,
}: RotateKeyResult): { message: string; hint: string } | null {
  if (problem === undefined) return null
  const { kind, path } = problem
  const isPlanned = status === 'planned'
  return {
    message:
      kind === 'unproven'
        ? `The key file ${path} ${isPlanned ? 'would keep' : 'keeps'} its key: ` +
          'nothing that is stored here is encrypted with it.'
        : `The key file ${path} ${isPlanned ? 'would keep' : 'still has'} the old key: ${problem.reason}.`,
    hint:
      kind === 'unproven'
        ? `Others may use that key. ${isPlanned ? 'After the rotation, pass' : 'Pass'} the new key for ` +
          `this internal database with --secret-key-file ${shellQuoted(newKeyFile)}.`
        : toRun(
            `${isPlanned ? 'After the rotation, put' : 'Put'} the new key there: until then no command opens ` +
              'the credentials without it. Run:',
            copyKeyCommand({ newKeyFile, path }),
          ),
  }
}

/** Returns the command line of the run that finishes the rotation. */
function rotateAgain(
  { newKeyFile, isKeyFileInUse }: Rotated,
  { globals, current, isFileNamed }: RotationContext,
): string {
  const command = 'mathesarctl secret-key rotate'
  const { secretKeyFile, ...others } = globals.given
  // A dated copy of an old key is for one run alone, and so is the new key before the settings have it.
  const isCopy = isKeyFileInUse || (current?.place.kind === 'file' && isKeyCopy(current.place.path))
  return commandToRepeat(
    isFileNamed ? `${command} --new-secret-key-file ${shellWord(newKeyFile)}` : command,
    {
      given: isCopy || secretKeyFile === undefined ? others : globals.given,
    },
  )
}

/**
 * Returns how to store a credential again that no key opens, with the commands for it; `null` if nothing can.
 */
export function repairText(
  { kind, name, databases = [] }: NamedCredential,
  { status, reencrypts, current: currentCount }: Rotated,
  { globals, current }: RotationContext,
): string | null {
  const when = status === 'rotated' ? 'Once the new key is set, ' : ''
  const sentence = (text: string) =>
    `${when}${when === '' ? text.charAt(0).toUpperCase() + text.slice(1) : text}`
  // A dated copy is for one run alone.
  const isCopy = current?.place.kind === 'file' && isKeyCopy(current.place.path)
  const { secretKeyFile: _, ...others } = globals.given
  const line = (command: string) => commandToRepeat(command, { given: isCopy ? others : globals.given })
  switch (kind) {
    case 'database': {
      // Its user is encrypted too, so that nothing can change the record.
      const word = shellWord(name)
      return toRun(
        sentence('remove the record, and add the database again with its login. Run:'),
        line(`mathesarctl db remove ${word}`),
        line(`mathesarctl db add ${word}`),
      )
    }
    case 'role': {
      const [database] = databases
      // A change proves the key by another role.
      const isProvable = (reencrypts.role ?? 0) > 0 || currentCount > 0
      if (database === undefined || !isProvable) {
        return sentence('set its password in Mathesar, as an administrator.')
      }
      const role = shellWord(name.slice(0, name.lastIndexOf('@')))
      return toRun(
        sentence('store its password again. Run:'),
        line(`mathesarctl db edit ${shellWord(database)} --role ${role} --password-file PATH`),
      )
    }
    default:
      return null
  }
}

/** States where the new key goes if the old one is in an `.env` file that a Mathesar may read as well. */
function sharedSteps({ path, variable = 'SECRET_KEY' }: VariablePlace, newKeyFile: string): string[] {
  return [
    toRun(
      `If a Mathesar reads ${variable} from ${path}, do not change that file: that Mathesar still has the old ` +
        'key. Pass the new key for this internal database with:',
      `--secret-key-file ${shellQuoted(newKeyFile)}`,
    ),
    `If no Mathesar reads it, set ${variable} there to the content of ${newKeyFile}.`,
  ]
}

/** States where the new key goes if the old one is in an `.env` file that names another internal database. */
function otherSteps({ newKeyFile }: Rotated, { globals, isFileNamed }: RotationContext): string[] {
  const command = 'mathesarctl secret-key rotate --env-file PATH'
  const { envFile: _, secretKeyFile: __, ...given } = globals.given
  const target = `Mathesar that uses ${globals.internalDb.location}`
  return [
    `If ${globals.envFile} is the file of another Mathesar, do not change it: that Mathesar still has the old ` +
      `key. Set SECRET_KEY in the .env file of the ${target} to the content of ${newKeyFile}.`,
    `If ${globals.envFile} is the file of that Mathesar itself, set SECRET_KEY there.`,
    `Then restart the ${target}. ${SESSIONS}`,
    toRun(
      'Then run the command again with the .env file of that Mathesar, which finishes the rotation:',
      commandToRepeat(isFileNamed ? `${command} --new-secret-key-file ${shellWord(newKeyFile)}` : command, {
        given,
      }),
    ),
  ]
}

function setText(
  place: Exclude<KeyPlace, { kind: 'built-in' }>,
  result: Rotated,
  context: RotationContext,
): string {
  const { newKeyFile, isMathesars, keyFile } = result
  const strange = strangeText(place, result)
  switch (place.kind) {
    case 'file':
      return toRun(
        `${strange}Put the new key into the key file ${place.path}. Run:`,
        copyKeyCommand({ newKeyFile, path: place.path }),
      )
    case 'env-file': {
      const { current, held, outranked } = context
      const old = [outranked, held, current].find((key) => key?.place.kind === 'env-file')?.key ?? null
      const command = setVariableCommand({ newKeyFile, ...place }, old)
      const sentence = `${strange}Set ${place.variable ?? 'SECRET_KEY'} in ${place.path} to the content of ${newKeyFile}.`
      return command === null ? sentence : toRun(`${sentence} Run:`, command)
    }
    default:
      return (
        `Set the variable SECRET_KEY to the content of ${newKeyFile}` +
        `${isMathesars ? ', for Mathesar and for mathesarctl' : ''}.` +
        `${keyFile === null ? '' : ` Or unset it: mathesarctl then reads the new key from ${keyFile}.`}`
      )
  }
}

function strangeText(place: KeyPlace, { strangePlaces }: Rotated): string {
  if (!strangePlaces.some((strange) => isDeepStrictEqual(strange, place))) return ''
  const name =
    place.kind === 'env-file'
      ? `${place.variable ?? 'SECRET_KEY'} in ${place.path}`
      : place.kind === 'file'
        ? `The key in ${place.path}`
        : 'The key of Mathesar'
  return `${name} is neither the old key nor the new one: Mathesar can read no credential with it. `
}
