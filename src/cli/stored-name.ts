import { usageError } from '../errors.ts'
import { toRun } from '../hint.ts'
import { type MissingValue, missingError } from './flags/missing.ts'
import type { Invocation } from './invocation.ts'
import type { Choice } from './prompts/choice.ts'
import { distinctNames } from './render/distinct-names.ts'
import { printable } from './render/printable.ts'

/** So many names fit into the hint of an error. */
const NAMED = 10

export interface NameRequest {
  /** What the command does with the database: "show". */
  verb: string
  /** What else the command line lacks. */
  others?: readonly MissingValue[]
  /** What stands for a name: "--all for every stored database". */
  alternative?: string
}

/**
 * Returns the name of a stored database that an argument gives, or asks for one of the stored names. Errors:
 * `USAGE` if none is given and nothing may be asked: it lists the names; also if no database is stored; those
 * of opening the internal database.
 */
export async function storedName(
  invocation: Invocation,
  given: string | undefined,
  { verb, others = [], alternative }: NameRequest,
): Promise<string> {
  if (given !== undefined) return given
  const { prompts } = invocation
  if (prompts === null) throw nameMissing(await peekedNames(invocation), others, alternative)
  return prompts.search(`Database to ${verb}`, await offeredNames(invocation))
}

/**
 * Runs an action on the stored database of that name. If several have it, it asks which of them is meant, and
 * runs the action again. Errors: those of the action, the one about the name too where nothing may be asked.
 *
 * @param stop ends the animation of the progress before the question
 */
export async function withStoredName<T>(
  { prompts, terminal }: Pick<Invocation, 'prompts' | 'terminal'>,
  name: string,
  action: (name: string) => Promise<T>,
  stop: () => void = () => {},
): Promise<T> {
  try {
    return await action(name)
  } catch (error) {
    const { AmbiguousNameError } = await import('../databases/stored-name.ts')
    if (prompts === null || !(error instanceof AmbiguousNameError)) throw error
    const { names = [] } = error.details.data ?? {}
    stop()
    terminal.explain(printable(error.message, false))
    const show = distinctNames(names)
    const choices = names.map((full) => ({ value: full, name: show(full), otherName: full }))
    return await action(await prompts.search('Which of them', choices))
  }
}

/**
 * Returns the stored names in order, to choose from; there is one at least. Names that look alike have their
 * targets as descriptions. Errors: `USAGE` if there is none; those of opening the internal database.
 */
export async function offeredNames(invocation: Invocation): Promise<Choice<string>[]> {
  const names = await namesToOffer(invocation)
  const show = distinctNames(names)
  const areAllDistinct = names.every((name) => show(name) === printable(name, false))
  const targets = areAllDistinct ? new Map<string, string>() : await storedTargets(invocation)
  return names.map((name) => {
    const shown = show(name)
    if (shown === printable(name, false)) return { value: name, name: shown }
    const description = targets.get(name)
    return {
      value: name,
      name: shown,
      otherName: name,
      ...(description === undefined ? {} : { description }),
    }
  })
}

async function namesToOffer(invocation: Invocation): Promise<readonly string[]> {
  const peeked = await peekedNames(invocation)
  if (peeked.length > 0) return peeked
  // Opening it reports why there are no names.
  const { withWorkspace } = await import('./workspace.ts')
  const names = await withWorkspace(invocation, { create: false, readOnly: true }, ({ store }) =>
    store.names(),
  )
  if (names.length === 0) throw nothingStored()
  return names
}

/** Returns what the stored names stand for, in words. */
async function storedTargets(invocation: Invocation): Promise<Map<string, string>> {
  const [{ withWorkspace }, { listDatabases }, { describeTarget }] = await Promise.all([
    import('./workspace.ts'),
    import('../databases/list.ts'),
    import('../databases/open.ts'),
  ])
  const stored = await withWorkspace(invocation, { create: false, readOnly: true }, ({ store }) =>
    listDatabases(store),
  )
  return new Map(stored.map((database) => [database.name, describeTarget(database)]))
}

/** Returns the stored names in order; none if they can't be read. */
export async function peekedNames({ globals, signal, terminal }: Invocation): Promise<readonly string[]> {
  const { location, trust } = globals.internalDb
  if (location === null) return []
  const [{ peekNames }, { liveOptions }] = await Promise.all([
    import('../databases/interface/internal-database.ts'),
    import('./settings/live-options.ts'),
  ])
  return peekNames(location, trust, await liveOptions(globals, { signal, reporter: terminal }))
}

/** Returns the error for a command that needs a stored database where there is none. */
function nothingStored(): Error {
  return usageError('No database is stored yet.', toRun('Add one with:', 'mathesarctl db add'), 'name')
}

/** Returns the error where the name is missing and nothing may be asked. */
function nameMissing(
  names: readonly string[],
  others: readonly MissingValue[],
  alternative: string | undefined,
): Error {
  const add = `the name as an argument${alternative === undefined ? '' : `, or ${alternative}`}`
  const missing = { field: 'name', what: 'the name of the stored database', add }
  return missingError([missing, ...others], namesText(names))
}

/** Returns the stored names as a sentence for a hint. */
export function namesText(names: readonly string[]): string {
  if (names.length === 0) return 'Run "mathesarctl db list" to see the names.'
  const more = names.length - NAMED
  const show = distinctNames(names)
  const shown = names.slice(0, NAMED).map((name) => `"${show(name)}"`)
  return `The stored names are: ${shown.join(', ')}${more > 0 ? ` and ${more} more (see "mathesarctl db list")` : ''}.`
}
