import { existsSync } from 'node:fs'
import { setup } from '../../../databases/setup.ts'
import { OperatorError, usageError } from '../../../errors.ts'
import type { Invocation } from '../../invocation.ts'
import { waitReporter } from '../../lock-wait.ts'
import { withChanges } from '../../render/changes.ts'
import { detailsOfProject } from '../../settings/discovery/index.ts'
import { type GlobalFlags, type Globals, resolveGlobals } from '../../settings/globals.ts'
import { warnOfUnusedMathesar } from '../../settings/internal-databases.ts'
import { whyNoDefault } from '../../settings/paths.ts'
import { provenSecretKey } from '../../settings/proven-key.ts'
import { commandToRepeat, rememberFlags } from '../../settings/repeated-flags.ts'
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
import { flagsBeside, type KeptSettings, keepOwn, keepSettings, warnOfKept } from './keep.ts'
import { keySettings } from './key.ts'
import {
  keptText,
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
  const { globals, changes, isWritable, kept } =
    choice.kind === 'own'
      ? await setUpOwn(invocation, { flags, found, isChosen: choice.isChosen })
      : await setUpMathesar(invocation, choice, found)
  const given = kept?.status === 'failed' ? globals.given : flagsBeside(globals.given)
  const next = (text: string) => commandToRepeat(text, { given })
  if (terminal.isJson) return
  try {
    const asking = globals.yes ? null : prompts
    if (!(await offerAdd(terminal, asking, { isWritable, next }))) return
    rememberFlags(given)
    await addDatabase({ ...invocation, globals })
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
  kept: KeptSettings | null
}

async function setUpOwn(
  { globals: given, env, terminal }: Invocation,
  { flags, found, isChosen }: { flags: GlobalFlags; found: readonly SeenMathesar[]; isChosen: boolean },
): Promise<SetUp> {
  const globals = isChosen ? withOwn(given) : given
  if (!isChosen) warnOfUnusedMathesar(globals, env, terminal.warn)
  const location = internalDatabaseLocation(globals, env)
  const proven = await provenSecretKey(globals, env, terminal.warn, undefined)
  const setUp = async () =>
    setup({
      ...keySettings(globals, env, terminal.warn, proven),
      internalDatabase: location,
      trust: globals.internalDb.trust,
      onWarning: terminal.warn,
      onWait: waitReporter(terminal),
    })
  const result = await setUp().catch(async (error: unknown) => {
    if (!(error instanceof OperatorError)) throw error
    throw await withRotationHint(error, globals, { location, live: undefined, env })
  })
  const kept = isChosen
    ? keepOwn(globals)
    : keepSettings({ flags, globals, journal: null }, whyNoDefault(env, 'config'))
  if (kept !== null && !isChosen) await warnOfKept(kept, flags, globals, { env, terminal })
  if (terminal.isJson) terminal.document('setup', ownDocument(result, { globals, kept, found, terminal }))
  else showOwn(result, kept, terminal)
  const changes = [setupText(result), ...keptText(kept)].filter((text) => text !== '').join(' ')
  return { globals, changes, isWritable: true, kept }
}

function namesNoMathesar(envFile: string): OperatorError {
  return usageError(
    `The file ${envFile} names no internal database of a Mathesar.`,
    'Run setup again, and name the URL of its internal database, or its db.sqlite3.',
    'env-file',
  )
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
  invocation: Invocation,
  { flags, hiddenHost }: SetupChoice & { kind: 'mathesar' },
  found: readonly SeenMathesar[],
): Promise<SetUp> {
  const { env, terminal, prompts, signal } = invocation
  const globals = await resolveGlobals(flags, env)
  if (globals.live === null) {
    // An answer names a Mathesar, and never the key of an internal database of its own.
    if (globals.internalDb.source === 'default') throw namesNoMathesar(flags.envFile ?? '')
    return setUpOwn({ ...invocation, globals }, { flags, found, isChosen: false })
  }
  const taken = await takeUp(flags, hiddenHost, { env, prompts, terminal, signal })
  if (terminal.isJson) terminal.document('setup', takenUpDocument(taken, { found, terminal }))
  else showTakenUp(taken, terminal)
  return {
    globals: taken.globals,
    changes: takenUpText(taken),
    isWritable: taken.examined.writeRefusal === null,
    kept: taken.kept,
  }
}
