import type { RotateKeyResult } from '../../../../databases/rotate-key/index.ts'
import { isLineToRun, shellQuoted, toRun } from '../../../../hint.ts'
import type { DocumentOf } from '../../../json/index.ts'
import { printable } from '../../../render/printable.ts'
import type { Terminal } from '../../../terminal.ts'
import { credentialText, creditText } from './rows.ts'
import { nextSteps, placeName, placesToSet, type RotationContext, repairText } from './steps.ts'

type Rotated = RotateKeyResult & { isMathesars: boolean; location: string }

/** Returns the JSON document: paths, and never a key. */
export function rotationDocument(result: Rotated, context: RotationContext): DocumentOf<'secret-key rotate'> {
  const { status, reencrypts, current, unopened, plainText, newKeyFile, backup, keyFile, sessions } = result
  const [place = null] = placesToSet(result, context)
  return {
    status,
    reencrypted: reencrypts,
    current,
    unopened,
    plainText,
    newSecretKeyFile: newKeyFile,
    backup,
    replacedSecretKeyFile: keyFile,
    replacedSecretKeyFiles: [...result.keyFiles],
    toSet:
      place === null ? null : { kind: place.kind, path: place.kind === 'environment' ? null : place.path },
    shouldRestart: result.isMathesars && status !== 'finished',
    sessions: sessions === null ? null : [...sessions],
  }
}

/** Writes for people what a rotation did, and what to do next. */
export function showRotation(result: Rotated, context: RotationContext, terminal: Terminal): void {
  const { status, reencrypts, unopened, plainText, isOver, isHeld, oldPlaces } = result
  const isEnd = isOver && result.state === 'finishing'
  const credentials = creditText(reencrypts)
  const info = (text: string) => {
    for (const line of text.split('\n')) terminal.info(printable(line, false), { isWhole: isLineToRun(line) })
  }
  if (status === 'planned') {
    info(`Nothing was changed. Without --dry-run these would be re-encrypted: ${credentials || 'none'}.`)
  } else if (credentials === '') {
    info(
      isEnd
        ? 'Nothing is left to re-encrypt: the rotation to the key in use is finished.'
        : 'No credential had to be re-encrypted.',
    )
  } else terminal.info(`${terminal.style.green('Re-encrypted')} ${credentials}.`)
  for (const one of unopened) {
    info(`No known key opens this one, which stays as it is: ${credentialText(one)}.`)
    const repair = repairText(one, result, context)
    if (repair !== null) info(repair)
  }
  for (const one of plainText) info(`Not encrypted, and left so: ${credentialText(one)}.`)
  for (const line of isEnd ? [] : fileLines(result)) info(line)
  if (status === 'planned') return
  if (isHeld && oldPlaces.length === 0)
    info(`${placeName(context)} has the new key already: nothing has to be set.`)
  if (!isOver) for (const step of nextSteps(result, context)) info(step)
  else for (const line of endLines(result)) info(line)
}

/** States which files have the keys. */
function fileLines(result: Rotated): string[] {
  const { status, newKeyFile, isKeyThere, backup, keyFiles, keyFileBackup, isHeld, oldPlaces } = result
  if (status === 'planned') {
    if (isHeld) return ['The new key would be the one in the settings.']
    return [
      isKeyThere
        ? `New key, which is there already: ${newKeyFile}`
        : `The new key would go into ${newKeyFile}.`,
      ...keyFiles.map(
        (path) =>
          `The key file ${path} would get the new key. Another internal database whose key is in it would ` +
          'need the copy of the old one.',
      ),
    ]
  }
  const [keyFile, ...others] = keyFiles
  const isOnly = keyFile === undefined && !isHeld
  return [
    `New key: ${newKeyFile}${isOnly ? ' (the only copy until you have set it)' : ''}`,
    ...(backup === null ? [] : [`Copy of the old key: ${backup}`]),
    ...(keyFile === undefined
      ? []
      : [
          `The key file ${keyFile} has the new key${oldPlaces.length === 0 ? ': mathesarctl uses it from now on' : ''}.`,
          ...others.map((path) => `The key file ${path} has the new key too.`),
          ...(keyFileBackup === null
            ? []
            : [
                'If another internal database used that file, it still needs the key that was there: pass ' +
                  `--secret-key-file ${shellQuoted(keyFileBackup)} for it, and rotate its key as well.`,
              ]),
        ]),
  ]
}

/** States that the rotation is over, and which files may be deleted. */
function endLines({ state, isKeyFileInUse, leftovers, onlyFile }: Rotated): string[] {
  const next = isKeyFileInUse
    ? 'To rotate the key again, name another file with --new-secret-key-file.'
    : 'Another run begins another rotation.'
  return [
    state === 'finishing' ? next : `The rotation is finished: do not run the command again. ${next}`,
    ...(onlyFile === null
      ? []
      : [`Keep ${onlyFile}: as far as mathesarctl knows, it is the only file that has the new key.`]),
    ...(leftovers.length === 0
      ? []
      : [
          toRun(
            'Nothing needs these files any more, except that a backup of the internal database from before the ' +
              'rotation, or another internal database with the same key, needs the copy of the old key. To ' +
              'delete them, run:',
            `rm ${leftovers.map(shellQuoted).join(' ')}`,
          ),
        ]),
  ]
}
