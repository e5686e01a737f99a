import { Command, Option } from 'commander'
import { withExamples, withExplanation } from '../../help.ts'
import { startInvocation } from '../../invocation.ts'
import type { GlobalFlags } from '../../settings/globals.ts'

export function schemaPrintCommand(): Command {
  const command = new Command('print')
    .description('Print the SQL of an install, to review it or to run it with psql')
    .addOption(
      new Option(
        '--existing-schema <choice>',
        'what to do with schemas that another program installed (default: refuse)',
      ).choices(['refuse', 'replace']),
    )
    .action(async (flags: { existingSchema?: 'refuse' | 'replace' }) => {
      const { bundledSource, installScript } = await import('../../../databases/interface/schema-script.ts')
      const source = bundledSource()
      const sql = installScript(source, { replace: flags.existingSchema === 'replace' })
      if (!command.optsWithGlobals<GlobalFlags>().json) {
        process.stdout.write(sql)
        return
      }
      const { terminal } = await startInvocation(command)
      terminal.document('schema print', { source: source.name, version: source.version, sql })
    })
  withExplanation(command, [
    'The command connects to no server. The script is one transaction and safe to repeat. It does ' +
      'exactly what an install does: db add, schema status and db remove recognize the result.',
    'The script begins and commits its transaction itself. Run psql without -1 ' +
      '(--single-transaction): that option begins another one, and psql then prints warnings.',
    'The script fails on schemas that mathesarctl did not install, and changes nothing. With ' +
      '--existing-schema replace it replaces them, as schema install does.',
  ])
  return withExamples(command, [
    { command: 'mathesarctl schema print > install.sql', purpose: 'Write it to a file to review it' },
    { command: 'mathesarctl schema print | psql -X -v ON_ERROR_STOP=1 library', purpose: 'Run it as a DBA' },
  ])
}
