import { shellWord } from '../shell-words.ts'
import type { Globals } from './globals.ts'
import type { SourceFlags } from './schema-source.ts'

/**
 * Returns the command line for a next step, with the global flags that chose the internal database of this
 * run: without them, the next one would work on another database. A password in a URL is left out.
 *
 * @param command begins with `mathesarctl`
 */
export function commandToRepeat(command: string, { given }: Pick<Globals, 'given'>): string {
  const { internalDb, secretKeyFile, envFile, address = [], journal } = given
  const flags: (readonly [flag: string, value: string | undefined])[] = [
    ['--internal-db', internalDb && withoutUrlPassword(internalDb)],
    ['--env-file', envFile],
    ['--secret-key-file', secretKeyFile],
    ...address.map((value) => ['--address', value] as const),
    ['--journal', journal],
  ]
  const words = flags.flatMap(([flag, value]) => (value === undefined ? [] : [flag, shellWord(value)]))
  return [command, ...words].join(' ')
}

/** Returns the command that brings a stored database to the SQL that flags name. */
export function upgradeCommand(
  name: string,
  { schemaSource, release, releaseChecksum }: SourceFlags,
): string {
  const flags: (readonly [flag: string, value: string | undefined])[] = [
    ['--schema-source', schemaSource],
    ['--release', release],
    ['--release-checksum', releaseChecksum],
  ]
  const words = flags.flatMap(([flag, value]) => (value === undefined ? [] : [flag, shellWord(value)]))
  return ['mathesarctl db upgrade', shellWord(name), ...words].join(' ')
}

/** Returns a path as it is, and a URL without the passwords in its authority and its parameters. */
function withoutUrlPassword(location: string): string {
  const match = /^postgres(?:ql)?:\/\//i.exec(location)
  if (match === null) return location
  const [scheme] = match
  const rest = location.slice(scheme.length).replace(/^([^:@/?#]*):[^@]*@(?:[^/?#@]*@)*/, '$1@')
  const [place = '', query = ''] = rest.split(/\?(.*)/s)
  const kept = query
    .split('&')
    .filter((parameter) => parameter !== '' && !/^(?:ssl)?password=/.test(parameter))
  return scheme + place + (kept.length === 0 ? '' : `?${kept.join('&')}`)
}
