import { Command, Option } from 'commander'
import { withExamples, withExplanation } from '../../help.ts'
import { startInvocation } from '../../invocation.ts'
import type { GlobalFlags } from '../../settings/globals.ts'

export function schemaPrintCommand(): Command {
  const command = new Command('print')
    .description('Print the SQL that an install runs, to review it or run it with psql')
    .addOption(
      new Option(
        '--existing-schema <choice>',
        'schemas that something else installed (default: refuse)',
      ).choices(['refuse', 'replace']),
    )
    .action(async (flags: { existingSchema?: 'refuse' | 'replace' }) => {
      const [{ installScript }, { bundledSource }] = await Promise.all([
        import('../../../schema/install/print.ts'),
        import('../../../schema/sources/index.ts'),
      ])
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
    'No server is reached. The script is one transaction, safe to repeat, and leaves what an install leaves: db add, schema status and db remove know it.',
    'Schemas that mathesarctl did not install make it fail, and nothing is changed. With --existing-schema replace it puts the bundled ones in their place, as schema install does.',
  ])
  return withExamples(command, [
    { command: 'mathesarctl schema print > install.sql', purpose: 'Review it' },
    { command: 'mathesarctl schema print | psql -X -v ON_ERROR_STOP=1 library', purpose: 'Run it as a DBA' },
  ])
}
