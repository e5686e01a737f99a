import { Command } from 'commander'
import { withExamples, withExplanation } from '../../help.ts'

export function schemaPrintCommand(): Command {
  const command = new Command('print')
    .description('Print the SQL that an install runs, to review it or run it with psql')
    .action(async () => {
      const [{ installScript }, { bundledSource }] = await Promise.all([
        import('../../../schema/print.ts'),
        import('../../../schema/sources/index.ts'),
      ])
      process.stdout.write(installScript(bundledSource()))
    })
  withExplanation(command, ['No server is reached.'])
  return withExamples(command, [
    { command: 'mathesarctl schema print > install.sql', purpose: 'Review it' },
    { command: 'mathesarctl schema print | psql -1 -v ON_ERROR_STOP=1 library', purpose: 'Run it as a DBA' },
  ])
}
