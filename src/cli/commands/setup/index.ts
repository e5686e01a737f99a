import { Command } from 'commander'
import { OperatorError, usageError } from '../../../errors.ts'
import { withExamples, withExplanation } from '../../help.ts'
import { type Invocation, startInvocation } from '../../invocation.ts'
import { whyNoDefault } from '../../settings/paths.ts'

export function setupCommand(): Command {
  const command = new Command('setup')
    .description('First run: create the secret key and the internal database')
    .action(async () => {
      const invocation = await startInvocation(command)
      const { terminal, globals } = invocation
      const [{ setup }, { internalDatabaseLocation }] = await Promise.all([
        import('../../../databases/setup.ts'),
        import('../../workspace.ts'),
      ])
      const given = await configuredKey(invocation)
      const result = await setup({
        configuredKey: given,
        secretKeyFile: given ? given.source : secretKeyFile(invocation),
        internalDatabase: internalDatabaseLocation(invocation),
        trust: globals.internalDb.trust,
        secretKeyTrust: {
          named: !!(globals.secretKeyFile ?? globals.config['secret-key-file']),
          groups: globals.groups,
        },
        onWarning: terminal.warn,
      })
      if (terminal.json) {
        terminal.document('setup', { ...result, config: globals.files.config, ...terminal.collected() })
        return
      }
      const { secretKey, internalDatabase } = result
      terminal.say(`Secret key, ${secretKey.created ? 'created' : 'already there and kept'}:`)
      terminal.say(`  ${secretKey.source}`)
      terminal.say(`Internal database, ${internalDatabase.created ? 'created' : 'already there and kept'}:`)
      terminal.say(`  ${internalDatabase.location}`)
      if (secretKey.created) {
        terminal.say()
        terminal.say(
          'Keep a copy of the secret key in a safe place: without it the stored credentials can never be read again.',
        )
      }
      await offerAdd(invocation)
    })
  withExplanation(command, [
    'Creates a secret key (50 characters of Django’s alphabet) in a file that only you can read, and the internal database. A key that is there already is never overwritten: running setup again changes nothing. Where the environment or the file of --env-file gives SECRET_KEY, that one is used and no file is created.',
  ])
  return withExamples(command, [
    { command: 'mathesarctl setup', purpose: 'Create both, then choose whether to add a database' },
    {
      command: 'mathesarctl setup --env-file /opt/mathesar/.env',
      purpose: 'Use the SECRET_KEY of a Mathesar',
    },
    { command: 'mathesarctl setup --no-input --json', purpose: 'In a script' },
  ])
}

/** The key that is configured by other means than the default file, or is in it already. */
async function configuredKey(invocation: Invocation): Promise<{ key: string; source: string } | null> {
  const [{ existsSync }, { findSecretKey }, { readEnvFile }] = await Promise.all([
    import('node:fs'),
    import('../../workspace.ts'),
    import('../../../secrets/env-file.ts'),
  ])
  try {
    return findSecretKey(invocation)
  } catch (error) {
    const missing = error instanceof OperatorError && error.code === 'SECRET_KEY_MISSING'
    if (!missing || existsSync(secretKeyFile(invocation))) throw error
    // A new key is no answer to an --env-file that can't be read.
    if (invocation.globals.envFile) readEnvFile(invocation.globals.envFile)
    return null
  }
}

function secretKeyFile({ globals, env }: Invocation): string {
  const path =
    globals.secretKeyFile ??
    env.MATHESAR_SECRET_KEY_FILE ??
    globals.config['secret-key-file'] ??
    globals.files.secretKey
  if (path === null || path === '') {
    throw usageError(
      `There is no place for the secret key: ${whyNoDefault(env, 'config')}.`,
      'Name a file with --secret-key-file PATH, give the key in SECRET_KEY, or set HOME to your own home directory (sudo -H does).',
      'secret-key-file',
    )
  }
  return path
}

async function offerAdd(invocation: Invocation): Promise<void> {
  const { terminal, globals } = invocation
  terminal.say()
  if (!terminal.interactive || globals.yes) {
    terminal.say('Next: mathesarctl db add')
    return
  }
  const { askYesNo } = await import('../../prompts/ask.ts')
  if (!(await askYesNo('Add a user database now?', true, invocation))) {
    terminal.say('Whenever you like: mathesarctl db add')
    return
  }
  const { runDbAdd } = await import('../db/add/index.ts')
  await runDbAdd(invocation, undefined, {})
}
