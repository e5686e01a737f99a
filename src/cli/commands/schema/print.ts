import { Command, Option } from 'commander'
import { schemaSourceOptions } from '../../flags/schema-source.ts'
import { withExamples, withExplanation } from '../../help.ts'
import { startInvocation } from '../../invocation.ts'
import type { SourceFlags } from '../../settings/schema-source.ts'

interface PrintFlags extends SourceFlags {
  existingSchema?: 'refuse' | 'replace'
}

export function schemaPrintCommand(): Command {
  const command = new Command('print')
    .description('Print the SQL of an install, to review it or to run it with psql')
    .addOption(
      new Option(
        '--existing-schema <choice>',
        'what to do with schemas that another program installed (default: refuse)',
      ).choices(['refuse', 'replace']),
    )
  for (const option of schemaSourceOptions()) command.addOption(option)
  command.action(async (flags: PrintFlags) => {
    const [{ installScript }, { resolveSchemaSource }] = await Promise.all([
      import('../../../databases/interface/schema-script.ts'),
      import('../../settings/schema-source.ts'),
    ])
    const invocation = await startInvocation(command)
    const source = await resolveSchemaSource(invocation, flags, null)
    const sql = installScript(source, { replace: flags.existingSchema === 'replace' })
    const { terminal } = invocation
    if (!terminal.isJson) {
      process.stdout.write(sql)
      return
    }
    terminal.document('schema print', { source: source.name, version: source.version, sql })
  })
  withExplanation(command, [
    'The command connects to no server. The script is one transaction and safe to repeat. It does ' +
      'exactly what an install does: db add, schema status and db remove recognize the result.',
    'The script begins and commits its transaction itself. Run psql without -1 ' +
      '(--single-transaction): that option begins another one, and psql then prints warnings.',
    'With --schema-source or --release, the script is that of a release of Mathesar. It takes the place of ' +
      'any earlier Mathesar schemas, as an install by that Mathesar does.',
    'The bundled script fails on schemas that mathesarctl did not install, and changes nothing. With ' +
      '--existing-schema replace it replaces them, as schema install does.',
  ])
  return withExamples(command, [
    { command: 'mathesarctl schema print > install.sql', purpose: 'Write it to a file to review it' },
    { command: 'mathesarctl schema print | psql -X -v ON_ERROR_STOP=1 library', purpose: 'Run it as a DBA' },
  ])
}
