import { Command } from 'commander'
import { OperatorError, usageError } from '../../../../errors.ts'
import {
  addConnectionFlags,
  type ConnectionFlags,
  givenConnection,
  runOptions,
} from '../../../flags/connection.ts'
import { withExamples, withExplanation } from '../../../help.ts'
import { type Invocation, startInvocation } from '../../../invocation.ts'
import type { Workspace } from '../../../workspace.ts'

interface EditFlags extends ConnectionFlags {
  rename?: string
  dryRun?: boolean
}

export function dbEditCommand(): Command {
  const command = new Command('edit')
    .description('Change what is stored of a database, after a connection has proved it')
    .argument('<name>', 'name under which it is stored')
  addConnectionFlags(command)
    .option('--rename <name>', 'store it under another name')
    .option('--dry-run', 'prove the new values, store nothing')
    .action(async (name: string, flags: EditFlags) => run(await startInvocation(command), name, flags))
  withExplanation(command, [
    'Only what is given changes, and the new values are stored only after a connection with them has worked. The variables of libpq’s environment and the password file are not looked at here. --password-stdin alone rotates a password.',
    'The role must be able to use the Mathesar schemas that are there and to create tables; what it lacks is an error with the GRANT statements.',
    'Without any flag, at a terminal, every value is asked for with the stored one as its default.',
  ])
  return withExamples(command, [
    { command: 'mathesarctl db edit library --password-stdin < new.txt', purpose: 'Rotate a password' },
    { command: 'mathesarctl db edit library --host db2.example.org', purpose: 'The server has moved' },
    { command: 'mathesarctl db edit library --rename archive', purpose: 'Another name' },
  ])
}

async function run(invocation: Invocation, name: string, flags: EditFlags): Promise<void> {
  const { terminal } = invocation
  const [{ withWorkspace }, { findInternalDatabases }, { editDatabase }, { reportProgress }] =
    await Promise.all([
      import('../../../workspace.ts'),
      import('../../../settings/internal-databases.ts'),
      import('../../../../databases/edit.ts'),
      import('../../../progress.ts'),
    ])
  const given = await givenConnection(flags, invocation, { environment: false })
  const nothing = Object.keys(given.values).length === 0 && flags.rename === undefined
  if (nothing && !terminal.interactive) {
    throw usageError(
      'Nothing is given to be changed.',
      'Use flags such as --host, --password-stdin or --rename.',
      'name',
    )
  }
  const report = reportProgress(terminal)
  const result = await withWorkspace(
    invocation,
    { create: false, dryRun: flags.dryRun === true },
    async (workspace) => {
      const changes = nothing ? await askChanges(workspace, name, invocation) : given.values
      return editDatabase(
        workspace.store,
        {
          name,
          changes,
          internal: findInternalDatabases(invocation),
          dryRun: flags.dryRun === true,
          ...(flags.rename === undefined ? {} : { rename: flags.rename }),
        },
        runOptions(invocation, given, report.event),
      )
    },
  )
    .catch((error: unknown) => {
      throw withKeptHint(error, name)
    })
    .finally(report.stop)
  if (terminal.json) {
    const { name: stored, status, changed } = result
    terminal.document('db edit', { name: stored, status, changed, ...terminal.collected() })
    return
  }
  const what = result.changed.join(', ')
  if (result.status === 'unchanged') terminal.say(`"${name}" has these values already. Nothing was changed.`)
  else if (result.status === 'planned')
    terminal.say(`The new values work. Nothing was stored; without --dry-run these would change: ${what}.`)
  else terminal.say(`${terminal.style.green('Changed')} "${result.name}": ${what}.`)
}

async function askChanges({ store }: Workspace, name: string, invocation: Invocation) {
  const [{ ASKED_FIELDS, askField }, { notFound }] = await Promise.all([
    import('../../../prompts/connection.ts'),
    import('../../../../databases/not-found.ts'),
  ])
  const names = await store.names()
  if (!names.includes(name)) throw notFound(name, names)
  const { password: _kept, ...stored } = await store.settings(name)
  let values: Partial<typeof stored & { password: string | null }> = stored
  invocation.terminal.say('Enter keeps the stored value.')
  for (const field of ASKED_FIELDS) {
    values = await askField(
      field,
      { values, sources: field === 'password' ? { password: 'stored' } : {}, env: {}, passfile: null },
      invocation,
    )
  }
  // An empty answer to the password's question keeps the stored one, too.
  const { password, ...rest } = values
  return password === null || password === undefined ? rest : { ...rest, password }
}

function withKeptHint(error: unknown, name: string): unknown {
  if (!(error instanceof OperatorError) || ['ABORTED', 'NOT_FOUND', 'USAGE'].includes(error.code))
    return error
  return new OperatorError(
    error.code,
    error.message,
    `${error.hint} "${name}" stays stored as it was.`,
    error.details,
  )
}
