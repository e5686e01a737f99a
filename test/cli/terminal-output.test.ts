import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { cli, connectionArguments, errorOf, temporaryDirectory } from '../support/cli.ts'
import { ownedDatabase } from '../support/database.ts'
import { add, preparedHome } from '../support/installed.ts'
import { freePort } from '../support/postgres.ts'
import { repository } from '../support/program.ts'
import { CTRL_C, CTRL_D, ENTER, startTerminal } from '../support/terminal.ts'

/** Returns the lines that a person sees, without empty ones. */
function linesOf(screen: string): string[] {
  return screen.split('\n').filter((line) => line.trim() !== '')
}

describe('Ctrl-C and Ctrl-D', () => {
  test.each([
    ['Ctrl-C', CTRL_C],
    ['Ctrl-D', CTRL_D],
  ])('leave of a prompt only its question with %s: no list of keys, no choices', async (_name, key) => {
    const home = await preparedHome()
    const settings = await ownedDatabase()
    const flags = connectionArguments(settings)
    for (const [args, question, below] of [
      [['db', 'add', 'x', ...flags], 'Password', 'ctrl+t'],
      [
        [
          'db',
          'add',
          'x',
          ...connectionArguments({ ...settings, port: await freePort() }),
          '--password-file',
          'p',
        ],
        'What do you want to do?',
        'Give up',
      ],
    ] as const) {
      writeFileSync(join(home, 'p'), settings.password ?? '', { mode: 0o600 })
      const terminal = startTerminal(args, { home })
      await terminal.see(question)
      await terminal.see(below)
      terminal.type(key)
      expect((await terminal.ended()).status).toBe(130)
      const lines = linesOf(terminal.screen())
      expect(lines.at(-1)).toBe('Interrupted; nothing was changed.')
      expect(lines.at(-2)).toContain(question)
      expect(lines.filter((line) => line.includes(question))).toHaveLength(1)
    }
  })
})

describe('lines that do not fit the terminal', () => {
  test('continue indented, so that only a new sentence begins at the margin', async () => {
    const home = temporaryDirectory()
    const setup = startTerminal(['setup'], { home, columns: 60 })
    await setup.answer('Add a user database now?', 'n')
    await setup.ended()
    const lines = linesOf(setup.screen())
    const keep = lines.findIndex((line) => line.startsWith('Keep a copy'))
    expect(lines[keep + 1]).toMatch(/^ {2}\S/)
  })

  test('are indented in the introduction, the summary and the result of db add', async () => {
    const home = await preparedHome()
    const settings = await ownedDatabase()
    const terminal = startTerminal(['db', 'add', 'library', ...connectionArguments(settings)], {
      home,
      columns: 50,
    })
    await terminal.answer('Password', settings.password ?? '')
    await terminal.answer('Add this database?', 'y')
    expect((await terminal.ended()).status).toBe(0)
    // Each line begins with the mark of a question, a label, a sentence, or with the indent.
    // The path of the internal database stays whole, so that it can be copied; the terminal itself breaks it.
    const path = `    ${join(home, '.local/share/mathesarctl/internal.sqlite3')}`
    expect(terminal.raw()).toContain(`${path}\r\n`)
    const lines = linesOf(terminal.screen()).filter((line) => line !== path.slice(50))
    for (const line of lines) expect(line).toMatch(/^([?✔*] |\p{Lu}| {2}\S| {4,}\S)/u)
    expect(terminal.screen()).toMatch(/^ {2}Schemas .*\n {12}\S/m)
  })
})

test('a question that does not fit the terminal is broken between words, and continues indented', async () => {
  const home = await preparedHome()
  const settings = await ownedDatabase()
  await add('library', settings, { home })
  const terminal = startTerminal(
    ['db', 'remove', 'library', '--remove-schema', '--on-dependents', 'convert'],
    { home, columns: 60 },
  )
  await terminal.see('(y/N/r)')
  expect(terminal.screen().replaceAll('\n', ' ')).toContain('"library"')
  expect(linesOf(terminal.screen()).at(-1)).toMatch(/^ {2}\S/)
  terminal.type(`n${ENTER}`)
  expect((await terminal.ended()).status).toBe(10)
  expect(linesOf(terminal.screen()).at(-2)).toMatch(/^ {2}\S.* No$/)
})

test('a result that does not fit the terminal continues indented too', async () => {
  const home = await preparedHome()
  const settings = await ownedDatabase()
  await add('library', settings, { home })
  const terminal = startTerminal(['db', 'show', 'library'], { home, columns: 40 })
  await terminal.ended()
  for (const line of linesOf(terminal.screen())) expect(line).toMatch(/^ {2}/)
  const file = await cli(['db', 'show', 'library'], { home })
  expect(linesOf(file.stdout)).toHaveLength(11)
})

test('one mark says that a question is answered, a check passed and a step is done', async () => {
  const home = await preparedHome()
  const settings = await ownedDatabase()
  const terminal = startTerminal(['db', 'add', 'library', ...connectionArguments(settings)], { home })
  await terminal.answer('Password', settings.password ?? '')
  await terminal.answer('Add this database?', 'y')
  await terminal.ended()
  const marks = new Set(
    linesOf(terminal.screen()).flatMap((line) => /^\s*([^\p{L}\p{P}\s?])\s/u.exec(line)?.[1] ?? []),
  )
  expect([...marks]).toEqual(['✔'])
})

test('db list leaves out SSLMODE at 60 columns, and says so, before it cuts a port', async () => {
  const home = await preparedHome()
  const settings = await ownedDatabase()
  await add('library_of_the_town', settings, { home })
  const terminal = startTerminal(['db', 'list'], { home, columns: 60 })
  await terminal.ended()
  const [heading = '', row = ''] = linesOf(terminal.screen())
  expect(heading).toMatch(/^NAME +DATABASE/)
  expect(heading).not.toContain('SSLMODE')
  expect(row).toContain(`:${settings.port}`)
  expect(row).not.toMatch(/…:?\d*$/)
  expect(terminal.screen().replace(/\s+/g, ' ')).toMatch(
    /too narrow for: .*SSLMODE.* --json prints everything/,
  )
  const wide = startTerminal(['db', 'list'], { home, columns: 160 })
  await wide.ended()
  expect(wide.screen()).toContain('SSLMODE')
  expect(wide.screen()).not.toContain('too narrow')
})

test('db test --all -v names in each line the database that it is about', async () => {
  const home = await preparedHome()
  const settings = await ownedDatabase()
  await add('one', settings, { home })
  await add('two', settings, { home })
  const run = await cli(['db', 'test', '--all', '-v'], { home })
  const traced = run.stderr.split('\n').filter((line) => /Connecting|Connected|TLS|server/i.test(line))
  expect(traced.length).toBeGreaterThanOrEqual(2)
  for (const line of traced) expect(line).toMatch(/^(one|two): /)
  expect(new Set(traced.map((line) => line.slice(0, 3)))).toEqual(new Set(['one', 'two']))
  const single = await cli(['db', 'test', 'one', '-v'], { home })
  expect(single.stderr).toMatch(/^Connecting to/m)
})

describe('a file that can’t be read', () => {
  const FLAGS = [
    ['--password-file', ['db', 'add', 'a', '--dsn', 'postgresql://me@127.0.0.1/x']],
    ['--env-file', ['db', 'list']],
    ['--secret-key-file', ['setup']],
    ['--internal-db', ['db', 'list']],
    ['--sslrootcert', ['db', 'add', 'a', '--dsn', 'postgresql://me:x@127.0.0.1:@PORT@/x']],
    ['--released-from', ['build', 'tags', '1.2.3']],
    ['--deb', ['build', 'apt-repo', '--sign-key', 'x', '--out', 'out']],
  ] as const

  test.each(
    FLAGS.flatMap(([flag, args]) =>
      (['missing', 'a directory', 'below a file'] as const).map((kind) => [flag, kind, args] as const),
    ),
  )('is named with the reason in words, for %s and %s', async (flag, kind, args) => {
    const home = temporaryDirectory()
    mkdirSync(join(home, 'directory'))
    writeFileSync(join(home, 'file'), 'x')
    const path = { missing: 'none', 'a directory': 'directory', 'below a file': 'file/none' }[kind]
    const words = args.map((word) => word.replace('@PORT@', '1'))
    const run = await cli([...words, flag, join(home, path), '--no-input'], { home })
    const text = run.stderr
    expect(text).not.toMatch(/\bE[A-Z]{3,}\b|no such file|syscall|, open|illegal operation/)
    if (run.status !== 0) expect(text).toMatch(/^(error|warning): /m)
  })

  test('is no file of Node’s: --env-file loads no code before the program has examined the file', async () => {
    const home = temporaryDirectory()
    writeFileSync(join(home, 'code.js'), 'console.error("this code runs")')
    writeFileSync(join(home, '.env'), `NODE_OPTIONS=--require=${join(home, 'code.js')}\nSECRET_KEY=x\n`)
    const launcher = join(repository, 'bin/mathesarctl.js')
    const run = await cli(['setup', '--no-input', '--env-file', '.env'], { home, command: [launcher] })
    expect(run).toMatchObject({ status: 0, stdout: '' })
    expect(run.stderr).not.toContain('this code runs')
    const missing = await cli(['setup', '--env-file', 'none'], { home, command: [launcher] })
    expect(missing.stderr).toMatch(/^error: The environment file none can't be read: it does not exist\.$/m)
  })

  test('is refused with a sentence that ends, and a hint that says what to do', async () => {
    const home = temporaryDirectory()
    const run = await cli(
      [
        'db',
        'add',
        'a',
        '--dsn',
        'postgresql://me@127.0.0.1/x',
        '--password-file',
        join(home, 'none'),
        '--json',
      ],
      { home },
    )
    expect(run.status).toBe(2)
    expect(errorOf(run)).toMatchObject({
      message: `The password file ${join(home, 'none')} can't be read: it does not exist.`,
      hint: 'Check the path and its permissions.',
    })
  })
})

describe('--json', () => {
  test.each([[[]], [['db']], [['schema']]])(
    'makes a usage error of %j without a command, which prints help otherwise',
    async (words) => {
      const home = temporaryDirectory()
      const run = await cli([...words, '--json'], { home })
      expect(run).toMatchObject({ status: 2, stdout: '' })
      const { error } = JSON.parse(run.stderr) as { error: { code: string; hint: string } }
      expect(error.code).toBe('USAGE')
      expect(error.hint).toContain(words[0] === 'db' ? 'add' : words[0] === 'schema' ? 'install' : 'setup')
    },
  )

  test('makes one document of what schema print and completion print', async () => {
    const home = temporaryDirectory()
    const printed = await cli(['schema', 'print', '--json'], { home })
    const plain = await cli(['schema', 'print'], { home })
    expect(JSON.parse(printed.stdout)).toMatchObject({ source: 'bundled', sql: plain.stdout })
    const completion = await cli(['completion', 'fish', '--json'], { home })
    expect(JSON.parse(completion.stdout)).toMatchObject({ shell: 'fish' })
  })
})
