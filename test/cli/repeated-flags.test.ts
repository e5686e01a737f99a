import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Command, Option } from 'commander'
import { describe, expect, it } from 'vitest'
import { buildProgram } from '../../src/cli/program.ts'
import {
  commandToRepeat,
  hintToRepeat,
  rememberFlags,
  rowsToRepeat,
} from '../../src/cli/settings/repeated-flags.ts'
import { installHint } from '../../src/databases/install-hint.ts'
import { cli, connectionArguments, temporaryDirectory } from '../support/cli.ts'
import { ownedDatabase } from '../support/database.ts'
import { createInternalDatabase } from '../support/mathesar-database.ts'
import { repository } from '../support/program.ts'

function sourceFiles(): string[] {
  const source = join(repository, 'src')
  return readdirSync(source, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => join(source, path))
}

/** Returns the flags of the command that words name, and those of the program. */
function optionsOf(words: readonly string[]): Option[] {
  const program = buildProgram()
  const found = words.reduce<Command>(
    (command, word) => command.commands.find((one) => one.name() === word) ?? command,
    program,
  )
  if (found === program) throw new Error(`no command: ${words.join(' ')}`)
  return [...found.options, ...program.options]
}

describe('the command line of a next step', () => {
  it('is the bare command where no flag chose the internal database', () => {
    expect(commandToRepeat('mathesarctl db upgrade --all', { given: { json: true, yes: true } })).toBe(
      'mathesarctl db upgrade --all',
    )
  })

  it('repeats the flags that chose the internal database, quoted for a shell', () => {
    const given = {
      internalDb: '/a b/internal.db',
      envFile: '/opt/m/.env',
      secretKeyFile: 'key',
      address: ['db=127.0.0.1:5433', 'other=::1'],
      journal: 'directory' as const,
      acceptUnknownLayout: true,
    }
    expect(commandToRepeat('mathesarctl secret-key rotate', { given })).toBe(
      "mathesarctl secret-key rotate --internal-db '/a b/internal.db' --env-file /opt/m/.env " +
        '--secret-key-file key --address db=127.0.0.1:5433 --address other=::1 --journal directory ' +
        '--accept-unknown-layout',
    )
  })

  it.each([
    ['postgresql://u:p@h:5432/d', 'postgresql://u@h:5432/d'],
    ['postgres://u:p@x@h/d', 'postgres://u@h/d'],
    ['postgresql://u:a/b@h/d', 'postgresql://u@h/d'],
    ['postgresql://h/d?user=u&password=p', "'postgresql://h/d?user=u'"],
    ['postgresql://h/d?password=p&user=u', "'postgresql://h/d?user=u'"],
    ['postgresql://h:5432/d', 'postgresql://h:5432/d'],
  ])('repeats %s without its password', (internalDb, shown) => {
    expect(commandToRepeat('c', { given: { internalDb } })).toBe(`c --internal-db ${shown}`)
  })
})

describe('a hint of a run whose flags chose the internal database', () => {
  const given = { envFile: '/opt/m/.env' }

  it.each([
    ['To list all, run:\n  mathesarctl schema dependents s2', ' --env-file /opt/m/.env'],
    ['Or:\n  mathesarctl db upgrade s2 --existing-schema replace', ' --env-file /opt/m/.env'],
    ['No database is stored yet. Add one with: mathesarctl db add', ' --env-file /opt/m/.env'],
  ])('names commands that work on the same one: %s', (hint, added) => {
    expect(hintToRepeat(hint, given)).toBe(`${hint}${added}`)
    expect(hintToRepeat(hintToRepeat(hint, given), given)).toBe(`${hint}${added}`)
    expect(hintToRepeat(hint, {})).toBe(hint)
  })

  it('repeats a flag without which nothing is written, once', () => {
    const accepted = { acceptUnknownLayout: true }
    const hint = 'Run:\n  mathesarctl db upgrade --all'
    expect(hintToRepeat(hintToRepeat(hint, accepted), accepted)).toBe(`${hint} --accept-unknown-layout`)
  })

  it('names them within a sentence too', () => {
    expect(hintToRepeat('Run "mathesarctl db list" to see the names.', given)).toBe(
      'Run "mathesarctl db list --env-file /opt/m/.env" to see the names.',
    )
    expect(hintToRepeat(installHint('', 'one', { generation: 'modern' }), given)).toContain(
      'Run "mathesarctl schema install --env-file /opt/m/.env" with its name, or ' +
        '"mathesarctl db upgrade --all --env-file /opt/m/.env";',
    )
  })

  it('names commands and flags that exist, and may be followed by other flags', () => {
    const quoted = sourceFiles().flatMap((path) => [
      ...readFileSync(path, 'utf8').matchAll(/"(mathesarctl (?:db |schema |setup\b)[^"\n]*)"/g),
    ])
    expect(quoted.length).toBeGreaterThan(30)
    for (const [, command = ''] of quoted) {
      const words = command
        .replaceAll(/\$\{[^}]*\}/g, 'NAME')
        .split(' ')
        .slice(1)
      const flags = words.filter((word) => word.startsWith('--'))
      const options = optionsOf(words)
      for (const flag of flags)
        expect(
          options.map(({ long }) => long),
          command,
        ).toContain(flag)
      const last = options.find(({ long }) => long === words.at(-1))
      expect(last?.required ?? false, command).toBe(false)
    }
  })

  it('names them in the rows of a document too', () => {
    const rows = [
      { name: 'one', error: null },
      { name: 'two', error: { hint: 'Run "mathesarctl setup".' } },
    ]
    expect(rowsToRepeat(rows).map(({ error }) => error?.hint)).toEqual([undefined, rows[1]?.error?.hint])
    rememberFlags(given)
    try {
      expect(rowsToRepeat(rows)[1]?.error?.hint).toBe('Run "mathesarctl setup --env-file /opt/m/.env".')
    } finally {
      rememberFlags({})
    }
  })

  it.each([
    'Run:\n  mathesarctl db list --internal-db /elsewhere',
    'Run:\n  mathesarctl schema status --dsn postgresql://host/db',
    'Run:\n  sudo -u postgres psql -c "SELECT 1"',
    'Without --remove-schema, "db remove" removes only the record.',
  ])('leaves all else as it is: %s', (hint) => {
    expect(hintToRepeat(hint, given)).toBe(hint)
  })
})

/** A Mathesar with a migration that this version does not know, and the flags that write to it. */
async function laterMathesar() {
  const [home, internal] = [temporaryDirectory(), await createInternalDatabase()]
  await internal.query(
    "INSERT INTO django_migrations (app, name, applied) VALUES ('mathesar', '0099_later', now())",
  )
  const envFile = join(home, '.env')
  writeFileSync(envFile, internal.envFile, { mode: 0o600 })
  return { home, flags: ['--env-file', envFile, '--accept-unknown-layout'] }
}

describe('the commands at the end of a run whose flags chose the internal database', () => {
  it('work on the same one, after an addition and in the first run of a rotation', async () => {
    const { home, flags } = await laterMathesar()
    const settings = await ownedDatabase()
    const add = ['db', 'add', 'one', ...connectionArguments(settings), '--password-stdin', '--register-only']
    const added = await cli([...add, ...flags], { home, input: settings.password ?? '' })
    expect(added, added.stderr).toMatchObject({ status: 0 })
    expect(added.stderr).toContain(`mathesarctl db test one ${flags.join(' ')}\n`)
    const rotated = await cli(['secret-key', 'rotate', '--yes', ...flags], { home })
    expect(rotated, rotated.stderr).toMatchObject({ status: 0 })
    expect(rotated.stderr).toContain(`mathesarctl secret-key rotate ${flags.join(' ')}\n`)
  })

  it('accept an unknown layout again after setup kept the rest', async () => {
    const { home, flags } = await laterMathesar()
    const run = await cli(['setup', '--no-input', ...flags], { home })
    expect(run, run.stderr).toMatchObject({ status: 0 })
    expect(run.stderr).toContain('Next: mathesarctl db add --accept-unknown-layout\n')
  })
})
