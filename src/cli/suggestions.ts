import type { Command } from 'commander'
import { type OperatorError, usageError } from '../errors.ts'
import { isSimilar, nearestFirst } from '../nearest.ts'
import { findOption, lineage, walk } from './command-line.ts'

/** Words of other tools for the commands of a group: what people type, and what they mean here. */
type Synonyms = Readonly<Record<string, readonly string[]>>

const DB_SYNONYMS: Synonyms = {
  'db add': ['create', 'new', 'register', 'connect', 'attach'],
  'db list': ['all', 'databases', 'dbs'],
  'db show': ['get', 'info', 'describe', 'view', 'inspect', 'details', 'cat'],
  'db test': ['check', 'ping', 'verify', 'validate', 'status', 'doctor'],
  'db edit': ['update', 'change', 'set', 'modify', 'alter', 'configure', 'password', 'passwd'],
  'db edit NAME --rename NEWNAME': ['rename', 'mv', 'move'],
  'db import': ['copy', 'migrate', 'transfer', 'load', 'convert'],
  'db remove': ['delete', 'del', 'drop', 'uninstall', 'destroy', 'erase', 'unregister', 'forget', 'detach'],
  'db upgrade': ['migrate'],
}

const SYNONYMS: Readonly<Record<string, Synonyms>> = {
  '': {
    '--version': ['version', 'ver'],
    '--help': ['usage', 'man'],
    setup: ['init', 'initialize', 'configure', 'start'],
    'db list': ['databases', 'dbs'],
    db: ['database'],
    schema: ['schemas'],
    build: ['package', 'packages'],
    'schema print': ['sql'],
    completion: ['completions'],
  },
  db: DB_SYNONYMS,
  schema: {
    'schema install': ['add', 'create', 'upgrade', 'update', 'migrate'],
    'schema remove': ['rm', 'delete', 'del', 'drop', 'uninstall', 'destroy', 'erase'],
    'schema status': ['show', 'list', 'ls', 'check', 'test', 'info', 'get', 'describe', 'version', 'drift'],
    'schema dependents': ['deps', 'depends', 'dependencies', 'uses', 'usage'],
    'schema print': ['sql', 'dump', 'script', 'cat', 'export'],
  },
}

/** The groups whose commands are also looked for where they do not stand, in this order. */
const GROUPS = ['db', 'schema', 'build']

/**
 * Returns the error for a command line that names no command, with the command that was probably meant: one
 * of a similar name, one that other tools give this name, or one of another group.
 *
 * @param words the words after the program's name
 */
export function unknownCommand(program: Command, words: readonly string[]): OperatorError {
  const { command: group, positionals } = walk(program, words)
  const [unknown = ''] = positionals
  const meant = suggestion(program, group, unknown)
  return usageError(
    `Unknown command '${unknown}'.`,
    meant === null
      ? 'The flag --help lists the commands.'
      : `Did you mean "${program.name()} ${meant}"? The flag --help lists the commands.`,
  )
}

/** Flags of psql and of other tools, and the flags that they are here. */
const FLAG_SYNONYMS: Readonly<Record<string, string>> = {
  '--dbname': '--database',
  '-d': '--database',
  '--username': '--user',
  '-U': '--user',
  '--hostname': '--host',
  '-p': '--port',
  '--uri': '--dsn',
  '--url': '--dsn',
  '--connection-string': '--dsn',
  '--password': '--password-stdin or --password-file',
  '-W': '--password-stdin or --password-file',
  '--ssl': '--sslmode',
  '--ssl-mode': '--sslmode',
  '--tls': '--sslmode',
  '--cascade': '--on-dependents cascade',
  '--convert': '--on-dependents convert',
  '--force': '--yes',
  '-f': '--yes',
  '--assume-yes': '--yes',
  '--non-interactive': '--no-input',
  '--output': '--out',
  '-o': '--out',
}

/**
 * Returns the flag that was probably meant by one that does not exist, where another tool has it; `null` if
 * none is known, or the command has no such flag.
 *
 * @param words the words after the program's name
 */
export function flagMeant(program: Command, words: readonly string[]): string | null {
  for (const [at, word] of words.entries()) {
    if (word === '--') return null
    const { command, pending } = walk(program, words.slice(0, at))
    const isValue = pending?.option.required && pending.values.length === 0
    if (!word.startsWith('-') || isValue || findOption(command, word) !== null) continue
    const meant = FLAG_SYNONYMS[word.split('=')[0] ?? '']
    const flag = meant?.split(' ')[0] ?? ''
    return meant !== undefined && findOption(command, flag) !== null ? meant : null
  }
  return null
}

function suggestion(program: Command, group: Command, unknown: string): string | null {
  const meanings = new Map<string, string>()
  for (const [word, meaning] of candidates(program, group)) {
    if (!meanings.has(word)) meanings.set(word, meaning)
  }
  const exact = meanings.get(unknown.toLowerCase())
  if (exact !== undefined) return exact
  // Short words resemble too many others.
  const similar = [...meanings.keys()].filter((word) => word.length > 2 && isSimilar(word, unknown))
  const [nearest] = nearestFirst(unknown, similar)
  return nearest === undefined ? null : (meanings.get(nearest) ?? null)
}

/** Yields words and what they mean, the strongest first. */
function* candidates(program: Command, group: Command): Generator<readonly [word: string, meaning: string]> {
  const place = pathOf(group)
  yield* namesIn(group)
  yield* synonymsOf(place)
  for (const name of GROUPS) {
    const other = program.commands.find((command) => command.name() === name)
    if (other && other !== group) yield* namesIn(other)
  }
  if (group !== program) yield* namesIn(program)
  for (const name of place === '' ? GROUPS : ['']) yield* synonymsOf(name)
}

function* namesIn(group: Command): Generator<readonly [string, string]> {
  for (const child of group.createHelp().visibleCommands(group)) {
    for (const word of [child.name(), ...child.aliases()]) yield [word, pathOf(child)]
  }
}

function* synonymsOf(place: string): Generator<readonly [string, string]> {
  for (const [meaning, words] of Object.entries(SYNONYMS[place] ?? {})) {
    for (const word of words) yield [word, meaning]
  }
}

/** Returns the words that lead to a command, without the program's name. */
function pathOf(command: Command): string {
  return lineage(command)
    .map((one) => one.name())
    .reverse()
    .slice(1)
    .join(' ')
}
