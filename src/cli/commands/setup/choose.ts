import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { loadComposeParser } from '../../../databases/interface/compose.ts'
import { shellQuoted, toRun } from '../../../hint.ts'
import type { Choice, Prompts } from '../../prompts/prompts.ts'
import { errorText } from '../../render/error.ts'
import { stderrWidth } from '../../render/stderr-width.ts'
import { summary } from '../../render/summary.ts'
import { findMathesars, SYSTEM_DIRECTORY } from '../../settings/discovery/index.ts'
import { hasMathesarTables } from '../../settings/django-file.ts'
import { type GlobalFlags, type Globals, resolveGlobals } from '../../settings/globals.ts'
import type { FileLocations } from '../../settings/paths.ts'
import type { Reporter } from '../../terminal.ts'
import { showProblem } from './correct.ts'
import { type SeenMathesar, withFound } from './found.ts'
import { foundName, foundRows, hiddenText, takeUpCommand } from './found-text.ts'
import { isUrl, withoutPassword } from './url.ts'

/** What the operator wants to work with: the flags that name it, or an internal database of its own. */
export type SetupChoice =
  /** `hiddenHost`: the host of the internal database, if this machine does not know it by that name. */
  { kind: 'mathesar'; flags: GlobalFlags; hiddenHost: string | null } | { kind: 'own'; isChosen: boolean }

interface Dialogue {
  prompts: Prompts
  reporter: Reporter
}

/** Shows the Mathesars that were found, and asks which one to take up. */
export async function chooseMathesar(
  all: readonly SeenMathesar[],
  flags: GlobalFlags,
  { prompts, reporter }: Dialogue,
): Promise<SetupChoice> {
  const [only] = all
  const isOne = all.length === 1
  reporter.explain(
    isOne ? 'Found a Mathesar on this machine:' : `Found ${all.length} Mathesars on this machine:`,
  )
  for (const seen of all) showSeen(seen, reporter)
  reporter.explain()
  const choices: Choice<SeenMathesar | 'other' | 'own'>[] = [
    ...all.map((seen) => ({ value: seen, name: isOne ? 'This Mathesar' : foundName(seen.found) })),
    { value: 'other', name: 'Another Mathesar' },
    {
      value: 'own',
      name: 'An internal database of its own (a SQLite file)',
      description: 'A Mathesar on PostgreSQL does not see what is stored there.',
    },
  ]
  const preset = all.find(({ examined, error }) => examined !== null && error === null) ?? only ?? 'own'
  const chosen = await prompts.choice('What should mathesarctl work with?', choices, preset)
  if (chosen === 'own') return { kind: 'own', isChosen: true }
  if (chosen === 'other') {
    return { kind: 'mathesar', flags: { ...flags, ...(await askOther(prompts)) }, hiddenHost: null }
  }
  const { found } = chosen
  return { kind: 'mathesar', flags: withFound(flags, found.flags), hiddenHost: found.hiddenHost }
}

/** Reports that no Mathesar was found, and where it was looked for. */
export function showNoneFound(reporter: Reporter): void {
  reporter.info(
    `Found no Mathesar in the current directory, in ${SYSTEM_DIRECTORY} or in the environment ` +
      '(POSTGRES_*): this sets up an internal database of its own, an SQLite file, which no running ' +
      'Mathesar reads.',
  )
  reporter.info()
}

/**
 * Reports the Mathesars of the working directory that the configuration file does not name, each with the
 * command that takes it up. Nothing of them is tried.
 */
export async function reportOthers(
  { live, internalDb }: Globals,
  { env, reporter }: { env: NodeJS.ProcessEnv; reporter: Reporter },
): Promise<void> {
  await loadComposeParser()
  const others = findMathesars({ directories: [process.cwd()], env: {} }).filter(
    ({ flags: { envFile } }) => envFile === undefined || live?.envFile !== envFile,
  )
  for (const { file, flags, hiddenHost } of others) {
    const resolved = await resolveGlobals(flags, env).catch(() => null)
    if (resolved !== null && isSameInternal(resolved.internalDb, internalDb)) continue
    reporter.info('This file shows another Mathesar than the one that the configuration file names:')
    reporter.info(`  ${file}`, { isWhole: true })
    reporter.info('To take it up, run:')
    reporter.info(`  ${takeUpCommand(flags, hiddenHost)}`, { isWhole: true })
    reporter.info()
  }
}

function isSameInternal(one: Globals['internalDb'], other: Globals['internalDb']): boolean {
  if (one.location === null || other.location === null) return false
  return one.location === other.location || resolve(one.location) === resolve(other.location)
}

/** Reports the Mathesars that were found, each with the command that takes it up. */
export function reportFound(all: readonly SeenMathesar[], reporter: Reporter): void {
  for (const seen of all) {
    reporter.info('Found a Mathesar. Only a flag or an answer takes it up:')
    reporter.info(rowsText(seen, reporter), { isWhole: true })
    if (seen.error !== null) reporter.info(errorText(seen.error, reporter.style), { isWhole: true })
    const hiddenHost = isHidden(seen) ? seen.found.hiddenHost : null
    if (hiddenHost !== null) reporter.info(hiddenText(hiddenHost))
    reporter.info('To take it up, run:')
    reporter.info(`  ${takeUpCommand(seen.found.flags, hiddenHost)}`, { isWhole: true })
    reporter.info()
  }
}

/** Warns that setup only reported Mathesars, and states how to create an internal database of its own. */
export function warnOfNothingCreated(
  { internalDatabase, secretKey }: FileLocations,
  { warn }: Pick<Reporter, 'warn'>,
): void {
  const path = internalDatabase === null ? 'PATH' : shellQuoted(internalDatabase)
  const keyFile = secretKey === null ? ' --secret-key-file PATH' : ''
  warn(
    'This run created nothing and wrote no settings: it only reported what it found. Nobody chose between ' +
      'a Mathesar and an internal database of its own, and --yes and --no-input do not choose.',
    toRun(
      'To take up that Mathesar, run the command above. For an SQLite file, which that Mathesar does not ' +
        'see, run:',
      `mathesarctl setup --internal-db ${path}${keyFile}`,
    ),
  )
}

/** Returns whether nothing states where this machine reaches the internal database. */
function isHidden({ found: { hiddenHost }, examined, error }: SeenMathesar): boolean {
  return hiddenHost !== null && examined === null && error === null
}

function showSeen(seen: SeenMathesar, reporter: Reporter): void {
  reporter.explain()
  reporter.explain(rowsText(seen, reporter), { isWhole: true })
  if (seen.error !== null) showProblem(seen.error, seen.host ?? 'it', reporter)
}

function rowsText(seen: SeenMathesar, { style }: Reporter): string {
  return summary(foundRows(seen), { width: stderrWidth(), style })
}

/**
 * Asks for a Mathesar that was not found: the URL of its internal database, or one of its files. Errors:
 * `USAGE` for a file that names none.
 */
async function askOther(prompts: Prompts): Promise<Pick<GlobalFlags, 'internalDb' | 'envFile'>> {
  const answer = await prompts.text({
    message: 'Its .env, Compose or db.sqlite3 file, or the URL of its internal database:',
    check: (value) => {
      if (value === '') return 'Enter a path or a URL.'
      if (isUrl(value)) return null
      return existsSync(value) ? null : 'There is no such file.'
    },
    isUnfinished: () => true,
    shownAnswer: withoutPassword,
  })
  if (isUrl(answer)) return { internalDb: answer }
  return hasMathesarTables(answer) ? { internalDb: resolve(answer) } : { envFile: resolve(answer) }
}
