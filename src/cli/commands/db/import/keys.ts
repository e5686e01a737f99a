import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import {
  keyOfFile,
  PUBLIC_KEY,
  resolveLiveKey,
  resolveSecretKey,
} from '../../../../databases/interface/secret-key.ts'
import { fittingKey, isProvenKey } from '../../../../databases/live/prove-key.ts'
import { OperatorError } from '../../../../errors.ts'
import { isOfOneOwner } from '../../../../files/owners.ts'
import { listed } from '../../../../listed.ts'
import type { SecretKey } from '../../../../secrets/secret-key.ts'
import type { Store } from '../../../../store/types.ts'
import type { Globals } from '../../../settings/globals.ts'
import { locateFiles } from '../../../settings/paths.ts'
import { findSecretKey } from '../../../settings/secret-key.ts'
import type { SourceLocation } from './location.ts'

/** Where the key of the source may come from. */
export interface SourceKeyPlaces {
  /** `--from-secret-key-file` */
  keyFile: string | undefined
  location: SourceLocation
  globals: Globals
  env: NodeJS.ProcessEnv
  onWarning: (message: string, hint?: string) => void
}

/**
 * Returns the key that opens the credentials of the source: that of `--from-secret-key-file`; otherwise the
 * first that opens some of them, of the key of its Mathesar, mathesarctl's own, that of the internal database
 * in use, and the public one of Mathesar 0.1.4 to 0.4.0.
 *
 * Errors: `SECRET_KEY_MISSING`, `SECRET_KEY_MISMATCH` if no key opens any of them; those of reading a file
 * that was named.
 *
 * @param open opens the source for reading with a key
 */
export async function findSourceKey(
  places: SourceKeyPlaces,
  name: string,
  open: (key: string) => Promise<Store>,
): Promise<SecretKey> {
  const { keyFile, onWarning } = places
  if (keyFile !== undefined) {
    const { groups } = places.globals
    const named = keyOfFile(keyFile, true, { groups, onWarning }, { flag: 'from-secret-key-file' })
    if ((await fittingKey([named.key], open)) !== null) return named
    throw new OperatorError(
      'SECRET_KEY_MISMATCH',
      `The secret key in ${keyFile} does not open the credentials in ${name}.`,
      named.hasFinalNewline
        ? 'The file ends in a newline, which counts as a part of the key: remove it, or name the right file.'
        : 'Name the file with the SECRET_KEY of that Mathesar with --from-secret-key-file.',
      { field: 'from-secret-key-file' },
    )
  }
  const candidates = candidateKeys(places)
  const fitting = await fittingKey([...candidates.map(({ key }) => key), PUBLIC_KEY], open)
  const found = candidates.find(({ key }) => key === fitting)
  if (found !== undefined) return found
  if (fitting === null) throw noKey(candidates, name)
  if (await isProvenKey(PUBLIC_KEY, open)) {
    onWarning(
      'The source has no SECRET_KEY of its own: its credentials are encrypted with the public one of Mathesar 0.1.4 to 0.4.0.',
      'Whoever could read that internal database can know the passwords: change them.',
    )
  }
  return {
    key: PUBLIC_KEY,
    source: 'the public key of Mathesar 0.1.4 to 0.4.0',
    place: { kind: 'built-in' },
    hasFinalNewline: false,
  }
}

function noKey(candidates: readonly SecretKey[], name: string): OperatorError {
  const hint =
    'Name the file with the SECRET_KEY of that internal database with --from-secret-key-file; if the file ends in a newline, the newline is a part of the key.'
  const field = { field: 'from-secret-key-file' }
  if (candidates.length === 0) {
    return new OperatorError('SECRET_KEY_MISSING', `The secret key of ${name} is not known.`, hint, field)
  }
  const sources = [...new Set(candidates.map(({ source }) => source))]
  const message = `No known secret key opens the credentials in ${name}: tried ${listed(sources)}.`
  return new OperatorError('SECRET_KEY_MISMATCH', message, hint, field)
}

/** Returns the keys that can be read without a word, the most likely first. */
function candidateKeys(places: SourceKeyPlaces): SecretKey[] {
  const { location, globals, env } = places
  const { envFile } = location
  const { groups } = globals
  const ofMathesar =
    envFile === null
      ? []
      : attempt(() => resolveLiveKey({ flags: { envFile }, env: {}, configKeyFile: null, groups }))
  const others = ofMathesar.flatMap((known) =>
    (known.others ?? []).map((key) => ({ ...known, key, hasFinalNewline: key.endsWith('\n') })),
  )
  const own = ownKeyFiles(location, globals, env).flatMap((defaultKeyFile) =>
    attempt(() => resolveSecretKey({ flags: {}, env: {}, configKeyFile: null, defaultKeyFile })),
  )
  const inUse = attempt(() => findSecretKey(globals, env, () => {}))
  return [...ofMathesar, ...others, ...own, ...inUse]
}

/** Returns the files of keys that `mathesarctl setup` may have created for the source. */
function ownKeyFiles(location: SourceLocation, { files }: Globals, env: NodeJS.ProcessEnv): string[] {
  const usual = [files.secretKey, locateFiles(env, '', '').secretKey]
  const beside = location.kind === 'sqlite' ? keyFilesBeside(resolve(location.path)) : []
  const paths = [...beside, ...usual].filter((path) => path !== null)
  return [...new Set(paths)].filter((path) => existsSync(path))
}

/** The key of the home directory in which the file lies, and that of a copy of both. */
function keyFilesBeside(path: string): string[] {
  const home = /^(.*)\/\.local\/share\/mathesarctl\/[^/]+$/s.exec(path)?.[1]
  const ofHome = home === undefined ? [] : [join(home, '.config', 'mathesarctl', 'secret_key')]
  const files = [...ofHome, join(dirname(path), 'secret_key')]
  return files.filter((file) => isOfOneOwner(file, path))
}

/** Returns no key where one can't be read: another may fit, and otherwise the error lists what was tried. */
function attempt(read: () => SecretKey): SecretKey[] {
  try {
    return [read()]
  } catch (error) {
    if (error instanceof OperatorError) return []
    throw error
  }
}
