import { existsSync } from 'node:fs'
import { setup } from '../../../databases/setup.ts'
import { OperatorError } from '../../../errors.ts'
import type { Invocation } from '../../invocation.ts'
import { waitReporter } from '../../lock-wait.ts'
import { withChanges } from '../../render/changes.ts'
import { detailsOfProject } from '../../settings/discovery/index.ts'
import type { GlobalFlags, Globals } from '../../settings/globals.ts'
import { warnOfUnusedMathesar } from '../../settings/internal-databases.ts'
import { withRotationHint } from '../../settings/rotation-hint.ts'
import { internalDatabaseLocation } from '../../workspace.ts'
import { offerAdd } from './ask.ts'
import {
  chooseMathesar,
  reportFound,
  reportOthers,
  type SetupChoice,
  showNoneFound,
  warnOfNothingCreated,
} from './choose.ts'
import { lookForMathesars, type SeenMathesar, withFound, withoutKnown } from './found.ts'
import { keepOwn } from './keep.ts'
import { keySettings } from './key.ts'
import {
  ownDocument,
  reportDocument,
  setupText,
  showOwn,
  showTakenUp,
  takenUpDocument,
  takenUpText,
} from './render.ts'
import { takeUp } from './take-up.ts'

/** Sets up what the settings name, or what the operator chooses, and then offers to add a database. */
export async function runSetup(
  invocation: Invocation,
  flags: GlobalFlags,
  addDatabase: (invocation: Invocation) => Promise<void>,
): Promise<void> {
  const { terminal, prompts, signal } = invocation
  const { choice, found } = await choose(invocation, flags)
  if (choice.kind === 'none') {
    warnOfNothingCreated(invocation.globals.files, terminal)
    if (terminal.isJson) terminal.document('setup', reportDocument(invocation.globals, { found, terminal }))
    return
  }
  const { globals, changes, isWritable } =
    choice.kind === 'own'
      ? await setUpOwn(invocation, { found, isChosen: choice.isChosen })
      : await setUpMathesar(invocation, choice, found)
  if (terminal.isJson) return
  try {
    const asking = globals.yes ? null : prompts
    if (await offerAdd(terminal, asking, { isWritable })) await addDatabase({ ...invocation, globals })
  } catch (error) {
    throw withChanges(error, changes, signal)
  }
}

/**
 * What setup works with. `isChosen`: the operator chose an internal database of its own in the dialogue.
 * `none`: nobody chose anything, so that Mathesars are only reported.
 */
type Choice = SetupChoice | { kind: 'own'; isChosen: false } | { kind: 'none' }

interface Chosen {
  choice: Choice
  found: SeenMathesar[]
}

/** Finds out what to work with: what the settings name, else what the operator chooses. */
async function choose(
  { globals, env, terminal, prompts, signal }: Invocation,
  flags: GlobalFlags,
): Promise<Chosen> {
  if (isNamed(globals, flags, env)) {
    const isOfRun = flags.internalDb ?? flags.envFile ?? (env.MATHESAR_INTERNAL_DB || undefined)
    if (isOfRun === undefined) await reportOthers(globals, { env, reporter: terminal })
    return { choice: named(globals, flags), found: [] }
  }
  const found = await lookForMathesars({ flags, addresses: globals.addresses, env, signal })
  if (found.length === 0) {
    if (globals.live === null) showNoneFound(terminal)
    return { choice: named(globals, flags), found }
  }
  if (prompts !== null && !globals.yes) {
    return { choice: await chooseMathesar(found, flags, { prompts, reporter: terminal }), found }
  }
  reportFound(
    found.filter(({ location }) => location !== globals.live?.location),
    terminal,
  )
  // A database of its own beside a Mathesar, which does not see it, is created only for who asks for it.
  const { live, files } = globals
  const isOwnNew = live === null && !(files.internalDatabase && existsSync(files.internalDatabase))
  return { choice: isOwnNew ? { kind: 'none' } : named(globals, flags), found }
}

/** Returns what the settings name. A Compose project that a flag names adds where its database is reached. */
function named({ live, addresses }: Globals, flags: GlobalFlags): Choice {
  if (live === null) return { kind: 'own', isChosen: false }
  if (flags.envFile === undefined || !live.isNamedByFile) return { kind: 'mathesar', flags, hiddenHost: null }
  const details = detailsOfProject(flags.envFile)
  return {
    kind: 'mathesar',
    flags: withFound(flags, withoutKnown(details.flags, addresses)),
    hiddenHost: details.hiddenHost,
  }
}

/** Returns whether a flag, a variable or the configuration file names the internal database or a Mathesar. */
function isNamed(
  { config, live, files, internalDb }: Globals,
  flags: GlobalFlags,
  env: NodeJS.ProcessEnv,
): boolean {
  const names = flags.internalDb ?? flags.envFile ?? config['internal-db'] ?? config['env-file']
  if (names !== undefined || env.MATHESAR_INTERNAL_DB) return true
  return live === null ? internalDb.source !== 'default' : live.envFile !== files.mathesarEnvFile
}

/** What was set up: the settings for the next command, and what changed, as sentences. */
interface SetUp {
  globals: Globals
  changes: string
  isWritable: boolean
}

async function setUpOwn(
  { globals: given, env, terminal }: Invocation,
  { found, isChosen }: { found: readonly SeenMathesar[]; isChosen: boolean },
): Promise<SetUp> {
  const globals = isChosen ? withOwn(given) : given
  if (!isChosen) warnOfUnusedMathesar(globals, env, terminal.warn)
  const location = internalDatabaseLocation(globals, env)
  const result = await setup({
    ...keySettings(globals, env, terminal.warn),
    internalDatabase: location,
    trust: globals.internalDb.trust,
    onWarning: terminal.warn,
    onWait: waitReporter(terminal),
  }).catch(async (error: unknown) => {
    if (!(error instanceof OperatorError)) throw error
    throw await withRotationHint(error, globals, { location, live: undefined })
  })
  const kept = isChosen ? keepOwn(globals) : null
  if (terminal.isJson) terminal.document('setup', ownDocument(result, { globals, found, terminal }))
  else showOwn(result, kept, terminal)
  return { globals, changes: setupText(result), isWritable: true }
}

/** Returns the settings for the default SQLite file, whatever Mathesar the machine has. */
function withOwn(globals: Globals): Globals {
  const { internalDatabase } = globals.files
  return {
    ...globals,
    live: null,
    envFile: undefined,
    internalDb: {
      location: internalDatabase,
      source: 'setup',
      trust: { ...globals.internalDb.trust, named: false },
    },
  }
}

async function setUpMathesar(
  { env, terminal, prompts, signal }: Invocation,
  { flags, hiddenHost }: SetupChoice & { kind: 'mathesar' },
  found: readonly SeenMathesar[],
): Promise<SetUp> {
  const taken = await takeUp(flags, hiddenHost, { env, prompts, terminal, signal })
  if (terminal.isJson) terminal.document('setup', takenUpDocument(taken, { found, terminal }))
  else showTakenUp(taken, terminal)
  return {
    globals: taken.globals,
    changes: takenUpText(taken),
    isWritable: taken.examined.writeRefusal === null,
  }
}
