import { Command } from 'commander'
import type { ImportInput, ImportPlan } from '../../../../databases/import/index.ts'
import { connectTimeoutOption } from '../../../flags/connection.ts'
import { mathesarUserOption } from '../../../flags/mathesar-user.ts'
import { missingError } from '../../../flags/missing.ts'
import { withExamples, withExplanation } from '../../../help.ts'
import { type Invocation, startInvocation } from '../../../invocation.ts'
import type { ImportPlaces } from '../../../json/db-import.ts'

interface ImportFlags {
  from?: string
  fromSecretKeyFile?: string
  mathesarUser?: string[]
  dryRun?: boolean
  /** Milliseconds. */
  connectTimeout?: number
}

export function dbImportCommand(): Command {
  const command = new Command('import')
    .description('Copy databases from another internal database, of any Mathesar and with any key')
    .argument('[name...]', 'names of databases in the source (default: all)')
    .option(
      '--from <path|url>',
      'the source: a SQLite file, a URL, the .env or Compose file of a Mathesar, or its directory',
    )
    .option('--from-secret-key-file <path>', 'file with the secret key of the source')
    .addOption(mathesarUserOption('gets access to the databases'))
    .addOption(connectTimeoutOption())
    .option('--dry-run', 'check everything, report what the import would do, and change nothing')
    .action(async (names: string[], flags: ImportFlags) => {
      await runDbImport(await startInvocation(command), names, flags)
    })
  withExplanation(command, [
    'The source is another internal database: an SQLite file of mathesarctl, the db.sqlite3 of a Mathesar ' +
      '0.1.x, or the internal database on PostgreSQL of a Mathesar 0.1.4 or later. The command only reads ' +
      'it. It stores the databases in the internal database in use, encrypted with the key of that one.',
    'The key of the source comes from --from-secret-key-file, or else from the .env file and the ' +
      '.secrets directory of its Mathesar. If neither has one, the command tries the key that mathesarctl ' +
      'created, the key in use, and the public key of Mathesar 0.1.4 to 0.4.0. If none fits, it asks at a ' +
      'terminal for the file of the key. The password of a URL ' +
      'comes from the password file (~/.pgpass), or the command asks for it. PGPASSWORD counts only if ' +
      'the internal database in use does not need it.',
    'The command proves each database by a connection, and stores none that fails: it lists them at the ' +
      'end, with their errors, and imports the rest. Where several entries have the same role on the same ' +
      'server, the command uses the password that logs in, and the newest of several that do. A server or ' +
      'a database that is stored already is used again: a database gets a role that it lacks, and nothing ' +
      'is stored twice. You can run the command again.',
    'The command stores connections alone. Explorations, forms, shares and the settings of tables and ' +
      'columns stay in the source. It changes nothing in the databases: afterwards, "mathesarctl db ' +
      'upgrade --all" installs the Mathesar schemas that the Mathesar in use needs.',
    'The exit status is 0 if nothing failed, that of the errors if they all have the same status, and ' +
      'otherwise 1.',
  ])
  return withExamples(command, [
    {
      command: 'mathesarctl db import --from ~/.local/share/mathesarctl/internal.sqlite3',
      purpose: "Copy what mathesarctl stored in its own file into a Mathesar's internal database",
    },
    {
      command: 'mathesarctl db import --from /opt/mathesar-0.1.7/.env --dry-run',
      purpose: 'Show what an import from a Mathesar 0.1.7 would do',
    },
    {
      command:
        'mathesarctl db import --from postgresql://mathesar@old.example.org/mathesar_django \\\n' +
        '    --from-secret-key-file old_secret_key.txt library archive',
      purpose: 'Copy two databases from another installation',
    },
  ])
}

async function runDbImport(
  invocation: Invocation,
  names: readonly string[],
  flags: ImportFlags,
): Promise<void> {
  const { env, globals, prompts, terminal } = invocation
  const { fromSecretKeyFile, mathesarUser: users = [], dryRun = false, connectTimeout } = flags
  const from = flags.from ?? (await askSource(invocation))
  const [
    { withWorkspace, internalDatabaseLocation },
    { importDatabases },
    { reportProgress },
    { storedRunOptions },
    { findInternalDatabases },
    { withSource },
    { showImported, showPlan },
    { worstStatus },
    { isSourceAtHand },
    { rowsToRepeat },
  ] = await Promise.all([
    import('../../../workspace.ts'),
    import('../../../../databases/import/index.ts'),
    import('../../../progress.ts'),
    import('../../../run-options.ts'),
    import('../../../settings/internal-databases.ts'),
    import('./source.ts'),
    import('./render.ts'),
    import('../../../render/failures.ts'),
    import('../../../settings/source-at-hand.ts'),
    import('../../../settings/repeated-flags.ts'),
  ])
  const progress = reportProgress(terminal)
  const options = storedRunOptions(invocation, { connectTimeout }, progress.event)
  let isPlanShown = false
  const dialogueOf = (places: ImportPlaces): Pick<ImportInput, 'askName' | 'confirm'> =>
    prompts === null || dryRun
      ? {}
      : {
          ...(globals.yes ? {} : { askName: askName(invocation, progress.stop) }),
          confirm: async (plan: ImportPlan) => {
            progress.stop()
            if (globals.yes) return true
            isPlanShown = true
            showPlan(plan, places, terminal)
            return prompts.yesNo(questionOf(plan, places), true)
          },
        }
  const sourceFlags = { from, ...(fromSecretKeyFile === undefined ? {} : { fromSecretKeyFile }) }
  const { result, places, isAtHand } = await withSource(invocation, sourceFlags, (opened) =>
    withWorkspace(invocation, { create: true, dryRun }, async ({ store, explainKeys }) => {
      const internal = [...findInternalDatabases(globals, env), ...(opened.internal ? [opened.internal] : [])]
      const isInContainer = globals.live?.isInContainer === true
      const isSourceElsewhere = opened.isElsewhere
      // A dry run may work on a temporary file.
      const places = { from: opened.store.location, into: internalDatabaseLocation(globals, env) }
      const given = { names, users, internal, isInContainer, isSourceElsewhere, dryRun }
      const input = { ...given, ...dialogueOf(places) }
      const imported = await importDatabases(store, opened.store, input, options)
      const databases = await explainKeys(imported.databases)
      const isAtHand = isSourceAtHand(invocation, store)
      return { result: { ...imported, databases }, places, isAtHand }
    }),
  ).finally(progress.stop)
  if (terminal.isJson) {
    const databases = rowsToRepeat(result.databases)
    terminal.document('db import', { ...places, ...result, databases, ...terminal.collected() })
  } else showImported(result, terminal, { places, isPlanShown, dryRun, isSourceAtHand: isAtHand, globals })
  process.exitCode = worstStatus(result.databases)
}

/** Asks for the source at a terminal. Errors: `USAGE` if nothing may be asked. */
async function askSource({ prompts }: Invocation): Promise<string> {
  if (prompts === null) {
    throw missingError([{ field: 'from', what: 'the internal database to copy from', add: '--from' }])
  }
  return prompts.text({
    message: 'Internal database to copy from (a SQLite file, the .env of a Mathesar, or a URL):',
    check: (text) => (text.trim() === '' ? 'Enter a path or a URL.' : null),
    isUnfinished: () => true,
    shownAnswer: (text) => text.replace(/(:\/\/[^:@/?]*):.*@/s, '$1:***@'),
  })
}

/** Returns a function that asks for another name; an empty answer leaves the database out. */
function askName({ prompts, terminal }: Invocation, stop: () => void): NonNullable<ImportInput['askName']> {
  return async (error, check, { name, ...place }) => {
    if (prompts === null) return null
    stop()
    terminal.explain()
    const [{ showError }, { describeTarget }, { quotedName }] = await Promise.all([
      import('../../../prompts/show-error.ts'),
      import('../../../../databases/open.ts'),
      import('../../../render/printable.ts'),
    ])
    showError(error.with({ hint: '' }), terminal)
    terminal.explain(`In the source, ${quotedName(name)} is ${describeTarget(place)}.`)
    const answer = await prompts.text({
      message: 'Another name for it:',
      note: 'Enter leaves it out',
      check: (text) => (text === '' ? null : check(text)),
      isUnfinished: () => true,
    })
    return answer === '' ? null : answer
  }
}

function questionOf({ planned, failed }: ImportPlan, { from, into }: ImportPlaces): string {
  const count = planned.filter(({ action }) => action !== 'none').length
  const what = `${count === 1 ? '1 entry' : `${count} entries`} from ${from} into ${into}`
  return failed.length === 0 ? `Import ${what}?` : `Import ${what}, without those that failed?`
}
