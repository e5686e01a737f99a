import { createMathesarJournal, type ExaminedMathesar, examineMathesar } from '../../../databases/take-up.ts'
import { OperatorError } from '../../../errors.ts'
import type { JournalPlace } from '../../../store/types.ts'
import { waitReporter } from '../../lock-wait.ts'
import type { Prompts } from '../../prompts/prompts.ts'
import { type GlobalFlags, type Globals, resolveGlobals } from '../../settings/globals.ts'
import { liveOptions } from '../../settings/live-options.ts'
import { whyNoDefault } from '../../settings/paths.ts'
import { provenSecretKey } from '../../settings/proven-key.ts'
import { withRotationHint } from '../../settings/rotation-hint.ts'
import { findSecretKey } from '../../settings/secret-key.ts'
import type { Terminal } from '../../terminal.ts'
import { askAddress, correctFlags } from './correct.ts'
import { hiddenText } from './found-text.ts'
import { findImportable, type Importable } from './importable.ts'
import { chooseJournal } from './journal.ts'
import { type KeptSettings, keepSettings, warnOfKept } from './keep.ts'

export interface TakeUpContext {
  env: NodeJS.ProcessEnv
  prompts: Prompts | null
  terminal: Terminal
  signal: AbortSignal
}

/** A Mathesar that was taken up. */
export interface TakenUp {
  globals: Globals
  examined: ExaminedMathesar
  journal: JournalPlace
  /** This run created the journal in the internal database. */
  isJournalCreated: boolean
  kept: KeptSettings
  /** Empty if nothing can be stored in the internal database. */
  importable: Importable[]
}

/**
 * Takes up a Mathesar: connects to its internal database, proves its key, asks where the journal may lie, and
 * writes the settings into the configuration file. In a dialogue, the address and the key file can be
 * corrected.
 *
 * Errors: those of `examineMathesar`; `SECRET_KEY_MISSING`, `SECRET_KEY_MISMATCH`; `INSUFFICIENT_PRIVILEGE`
 * if the journal was to lie where the role may not create it. Nothing is written then.
 *
 * @param hiddenHost the host of the internal database, if this machine does not know it by that name
 */
export async function takeUp(
  given: GlobalFlags,
  hiddenHost: string | null,
  context: TakeUpContext,
): Promise<TakenUp> {
  const { env, prompts, terminal } = context
  const { flags, globals, examined, input } = await examineUntilUsable(given, hiddenHost, context)
  const chosen = await chooseJournal(globals, examined, { prompts, reporter: terminal })
  const isJournalCreated = chosen === 'database' && !examined.hasJournal
  if (isJournalCreated) await createMathesarJournal(input)
  const kept = keepSettings({ flags, globals, journal: chosen }, whyNoDefault(env, 'config'))
  await warnOfKept(kept, flags, globals, { env, terminal })
  const importable = examined.writeRefusal === null ? await findImportable(globals, examined.names) : []
  return { globals, examined, journal: chosen ?? 'directory', isJournalCreated, kept, importable }
}

/** Looks at the internal database until it can be used, with what the operator corrects. */
async function examineUntilUsable(
  given: GlobalFlags,
  hiddenHost: string | null,
  { env, prompts, terminal, signal }: TakeUpContext,
) {
  const dialogue = prompts === null ? null : { prompts, reporter: terminal }
  let flags = given
  let globals = await resolveGlobals(flags, env)
  if (dialogue !== null && hiddenHost !== null && !globals.addresses.has(hiddenHost)) {
    terminal.explain(hiddenText(hiddenHost))
    flags = await askAddress(flags, hiddenHost, dialogue.prompts)
  }
  for (;;) {
    globals = await resolveGlobals(flags, env)
    const { live } = globals
    if (live === null) throw new Error('the settings name no live Mathesar')
    try {
      // A missing key is known without a connection, unless what is stored may show it.
      if (live.envFile === null) await requireKey(globals, { env, terminal, signal })
      const input = await mathesarInput(globals, env, terminal, signal)
      const examined = await examineMathesar(input)
      if (examined.key.state === 'unusable') {
        throw await withRotationHint(examined.key.error, globals, input)
      }
      return { flags, globals, examined, input }
    } catch (error) {
      if (dialogue === null || !(error instanceof OperatorError)) throw error
      const corrected = await correctFlags(error, flags, live.settings.host, dialogue)
      if (corrected === null) throw error
      flags = corrected
    }
  }
}

/** Errors: those of `findSecretKey`, with the reason where a rotation of the key has begun. */
async function requireKey(
  globals: Globals,
  { env, terminal, signal }: Pick<TakeUpContext, 'env' | 'terminal' | 'signal'>,
): Promise<void> {
  try {
    findSecretKey(globals, env, terminal.warn)
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error
    const live = await liveOptions(globals, { signal })
    throw await withRotationHint(error, globals, { location: globals.internalDb.location ?? '', live })
  }
}

async function mathesarInput(
  globals: Globals,
  env: NodeJS.ProcessEnv,
  terminal: Terminal,
  signal: AbortSignal,
) {
  const live = await liveOptions(globals, { signal, reporter: terminal })
  if (live === undefined) throw new Error('the settings name no live Mathesar')
  const proven = await provenSecretKey(globals, env, terminal.warn, live)
  return {
    location: globals.internalDb.location ?? '',
    live,
    findKey: () => proven ?? findSecretKey(globals, env, terminal.warn),
    onWarning: terminal.warn,
    onWait: waitReporter(terminal),
  }
}
