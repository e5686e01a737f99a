import { shellWord } from '../shell-words.ts'
import type { Globals } from './globals.ts'

/**
 * Returns the command line for a next step, with the global flags that chose the internal database of this
 * run, or that let it be used: without them, the next one would work on another database, or be refused. A
 * password in a URL is left out.
 *
 * @param command begins with `mathesarctl`
 */
export function commandToRepeat(command: string, { given }: Pick<Globals, 'given'>): string {
  const { internalDb, secretKeyFile, envFile, address = [], journal, acceptUnknownLayout } = given
  const flags: (readonly [flag: string, value: string | undefined])[] = [
    ['--internal-db', internalDb && withoutUrlPassword(internalDb)],
    ['--env-file', envFile],
    ['--secret-key-file', secretKeyFile],
    ...address.map((value) => ['--address', value] as const),
    ['--journal', journal],
  ]
  const words = flags.flatMap(([flag, value]) => (value === undefined ? [] : [flag, shellWord(value)]))
  // Without it, no command writes there.
  const accepted = acceptUnknownLayout === true ? ['--accept-unknown-layout'] : []
  return [command, ...words, ...accepted].join(' ')
}

/** The flags of this run, for the commands in its hints. */
let flagsOfRun: Globals['given'] = {}

/** Keeps the flags of this run, which the commands in its hints repeat. */
export function rememberFlags(given: Globals['given']): void {
  flagsOfRun = given
}

/**
 * A command on a line of its own, or quoted with the name of the program: an operator copies it. A sentence
 * that only speaks of a command quotes it without that name, such as "db remove".
 */
const COMMAND_LINE = /^( {2,})(mathesarctl (?:db |schema |setup\b)[^\n]*)$/gm
const QUOTED_COMMAND = /"(mathesarctl (?:db |schema |setup\b)[^"\n]*)"/g

/** The command at the end of a sentence, such as that for a first database. */
const COMMAND_AT_END = /(: )(mathesarctl (?:db |schema |setup\b)[^\n]*)$/

/** Flags and commands after which the flags of this run would say something else, or nothing. */
const HAS_PLACE =
  / --(?:internal-db|env-file|secret-key-file|address|journal|accept-unknown-layout|dsn)\b|^mathesarctl schema print\b/

/** Returns a command with the flags of this run, unless it has such flags, or needs none. */
export function repeatedCommand(command: string, given: Globals['given'] = flagsOfRun): string {
  return HAS_PLACE.test(command) ? command : commandToRepeat(command, { given })
}

/**
 * Returns a hint in which the commands of this program have the global flags that chose the internal database
 * of this run: as printed they would otherwise work on another one.
 */
export function hintToRepeat(hint: string, given: Globals['given'] = flagsOfRun): string {
  if (!hint.includes('mathesarctl ')) return hint
  const repeated = (command: string) => repeatedCommand(command, given)
  return hint
    .replace(COMMAND_LINE, (_line, indent: string, command: string) => `${indent}${repeated(command)}`)
    .replace(COMMAND_AT_END, (_text, before: string, command: string) => `${before}${repeated(command)}`)
    .replace(QUOTED_COMMAND, (_text, command: string) => `"${repeated(command)}"`)
}

/** Returns the rows of a document with such hints in their errors. */
export function rowsToRepeat<Row extends { error: { hint: string } | null }>(rows: readonly Row[]): Row[] {
  return rows.map((row) =>
    row.error === null ? row : { ...row, error: { ...row.error, hint: hintToRepeat(row.error.hint) } },
  )
}

/** The flags that name SQL, for a command that repeats them. */
interface NamedSource {
  schemaSource?: string | undefined
  release?: string | undefined
  releaseChecksum?: string | undefined
}

/** Returns the command that brings a stored database to the SQL that flags name. */
export function upgradeCommand(
  name: string,
  { schemaSource, release, releaseChecksum }: NamedSource,
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
