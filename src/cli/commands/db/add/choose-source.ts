import { OperatorError } from '../../../../errors.ts'
import { joinHints } from '../../../../hint.ts'
import type { SchemaSource } from '../../../../schema/sources/types.ts'
import { givenSourceFlag } from '../../../flags/schema-source.ts'
import type { Confirmation } from '../../../prompts/confirm-summary.ts'
import type { Choice, Prompts } from '../../../prompts/prompts.ts'
import { showError } from '../../../prompts/show-error.ts'
import { ReleaseSourceMissing } from '../../../settings/release-missing.ts'
import type { SourceFlags } from '../../../settings/schema-source.ts'
import type { AddOptions } from './flags.ts'

/**
 * Returns the SQL to install; `null` if the add only registers. Where a modern Mathesar needs the SQL of its
 * release and this machine has none, it asks for the path of a release, and offers to register only. Errors:
 * `ABORTED` if the operator gives up; those of SQL that the command line names.
 */
export async function chooseSource(
  { registerOnly, source }: Pick<AddOptions, 'registerOnly' | 'source'>,
  resolve: (flags: SourceFlags) => Promise<SchemaSource>,
  dialogue: Confirmation,
): Promise<SchemaSource | null> {
  if (registerOnly) return null
  const isNamed = givenSourceFlag(source) !== null
  const attempt = await resolved(() => resolve(source))
  if (attempt.kind === 'source') return attempt.source
  if (isNamed || !(attempt.error instanceof ReleaseSourceMissing)) throw attempt.error
  return askSource(attempt.error, resolve, dialogue)
}

type Attempt = { kind: 'source'; source: SchemaSource } | { kind: 'error'; error: OperatorError }

async function resolved(resolve: () => Promise<SchemaSource>): Promise<Attempt> {
  try {
    return { kind: 'source', source: await resolve() }
  } catch (error) {
    if (!(error instanceof OperatorError) || error.code !== 'USAGE') throw error
    return { kind: 'error', error }
  }
}

async function askSource(
  missing: OperatorError,
  resolve: (flags: SourceFlags) => Promise<SchemaSource>,
  { prompts, reporter, yes }: Confirmation,
): Promise<SchemaSource | null> {
  if (yes) {
    reporter.info(`${missing.message} ${REGISTERING}`)
    reporter.info()
    return null
  }
  showError(missing.with({ hint: joinHints(missing.hint, ASKED_HINT) }), reporter, ASKED_FLAGS)
  reporter.explain()
  for (;;) {
    const choice = await prompts.choice('What do you want to do?', CHOICES, 'register')
    if (choice === 'give up') {
      throw new OperatorError('ABORTED', 'Nothing was changed.', 'Run the command again when you are ready.')
    }
    if (choice === 'register') return null
    const attempt = await askRelease(resolve, prompts)
    if (attempt.kind === 'source') return attempt.source
    showError(attempt.error, reporter, ASKED_FLAGS)
    reporter.explain()
  }
}

/** What the dialogue asks for where it asks for a release. */
const ASKED_FLAGS = ['--schema-source', '--release']

const PATH_CHOICE = 'Enter the path of the release'

const ASKED_HINT =
  `The choice "${PATH_CHOICE}" asks for the path and, where that does not state it, for the version. To ` +
  'download the SQL with --release alone, give up, and add that to the command.'

const REGISTERING =
  'So the command only registers the database: it checks the connection and stores it. Mathesar then lists ' +
  "the database, and asks for the role's login again before it installs its SQL."

const CHOICES: readonly Choice<'register' | 'path' | 'give up'>[] = [
  {
    value: 'register',
    name: 'Register the database only',
    description:
      "Mathesar then lists it, and asks for the role's login again before it installs its SQL itself.",
  },
  {
    value: 'path',
    name: PATH_CHOICE,
    description: 'The command then installs the SQL of that release.',
  },
  { value: 'give up', name: 'Give up; no database is added' },
]

/** Asks for the path of a release, and for its version where the path does not state it. */
async function askRelease(
  resolve: (flags: SourceFlags) => Promise<SchemaSource>,
  prompts: Prompts,
): Promise<Attempt> {
  const check = (text: string) => (text.trim() === '' ? 'Enter a path, or press Ctrl-C.' : null)
  const path = await prompts.text({ message: 'Tree, tarball or db/sql of the release', check })
  const schemaSource = path.trim()
  const attempt = await resolved(() => resolve({ schemaSource }))
  if (attempt.kind === 'source' || attempt.error.details.field !== 'release') return attempt
  const release = await prompts.text({
    message: 'Its version, such as 0.11.0',
    check: (text) => (text.trim() === '' ? 'Enter a version, or press Ctrl-C.' : null),
  })
  return resolved(() => resolve({ schemaSource, release: release.trim() }))
}
