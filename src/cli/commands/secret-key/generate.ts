import { dirname } from 'node:path'
import { Command } from 'commander'
import { withExamples, withExplanation } from '../../help.ts'
import { type Invocation, startInvocation } from '../../invocation.ts'

export function secretKeyGenerateCommand(): Command {
  const command = new Command('generate')
    .description('Print a fresh secret key, or write it into a new file')
    .option(
      '--out <path>',
      'new file for the key, in a directory that exists; only you can read it, and an existing file is refused',
    )
    .action(async ({ out }: { out?: string }) => runGenerate(await startInvocation(command), out))
  withExplanation(command, [
    'The key has 50 letters and digits of ASCII, about 297 bits. All programs that read the .env file of a ' +
      'Mathesar read such a key alike: its launcher, its installer, systemd, Docker Compose and the shell.',
    'The command changes no database. To replace the key of a Mathesar that has databases already, run ' +
      '"mathesarctl secret-key rotate": with another key, Mathesar can no longer read its passwords.',
    'On stdout, a newline follows the key. In the file of --out none does, because Mathesar would read it ' +
      'as a part of the key.',
  ])
  return withExamples(command, [
    { command: 'mathesarctl secret-key generate', purpose: 'Print a key' },
    {
      command: 'mathesarctl secret-key generate --out /etc/mathesar/secret_key',
      purpose: 'Write a key into a new file',
    },
  ])
}

async function runGenerate({ globals, terminal }: Invocation, out: string | undefined): Promise<void> {
  const { generateSecretKey, writeGeneratedKey } = await import('../../../databases/interface/secret-key.ts')
  if (out !== undefined) {
    const { secretKey: ownFile } = globals.files
    const file = writeGeneratedKey(out, ownFile && dirname(ownFile))
    if (terminal.isJson) terminal.document('secret-key generate', { file, ...terminal.collected() })
    else terminal.info(`Secret key written: ${file}`)
    return
  }
  const secretKey = generateSecretKey()
  if (terminal.isJson) {
    terminal.document('secret-key generate', { secretKey, file: null, ...terminal.collected() })
  } else terminal.result(secretKey)
}
