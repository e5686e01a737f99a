// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references of Compose files look like this
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { cli, temporaryDirectory } from '../../support/cli.ts'
import { createInternalDatabase, type InternalDatabase } from '../../support/mathesar-database.ts'
import { CTRL_C, DOWN, ENTER, startTerminal, type TerminalRun } from '../../support/terminal.ts'
import { configOf, configText, storeDatabase } from './support.ts'

const hasSchema = async (internal: InternalDatabase) =>
  (await internal.query("SELECT FROM pg_namespace WHERE nspname = 'mathesarctl'")).length > 0

/** Writes a Compose project whose service of PostgreSQL is published at the port of the test's server. */
function writeProject(home: string, internal: InternalDatabase, { isPublished = true } = {}): void {
  const { database, user, password, port } = internal.settings
  const ports = isPublished ? `, ports: ["127.0.0.1:${port}:5432"]` : ''
  writeFileSync(
    join(home, 'docker-compose.yml'),
    `services:
  service:
    image: mathesar/mathesar:latest
    environment:
      POSTGRES_DB: \${POSTGRES_DB:-${database}}
      POSTGRES_USER: \${POSTGRES_USER:-${user}}
      POSTGRES_PASSWORD: \${POSTGRES_PASSWORD:-${password}}
      POSTGRES_HOST: \${POSTGRES_HOST:-mathesar_db}
      SECRET_KEY: \${SECRET_KEY:-}
    volumes: [./msar/secrets:/code/.secrets]
  db: { container_name: mathesar_db, image: postgres:17${ports} }
`,
    { mode: 0o600 },
  )
  mkdirSync(join(home, 'msar/secrets'), { recursive: true })
  writeFileSync(join(home, 'msar/secrets/secret_key.txt'), internal.secretKey, { mode: 0o600 })
}

async function declineAdd(terminal: TerminalRun): Promise<void> {
  await terminal.answer('Add a user database now?', 'n')
  expect(await terminal.ended()).toMatchObject({ status: 0 })
}

describe('the dialogue of setup', () => {
  it.each([80, 60])('takes up the Mathesar of a Compose project in %d columns', async (columns) => {
    const internal = await createInternalDatabase()
    const home = temporaryDirectory()
    writeProject(home, internal)
    const terminal = startTerminal(['setup'], { home, columns })
    await terminal.see('Found a Mathesar on this machine:')
    await terminal.see(`mathesar_db is at 127.0.0.1:${internal.settings.port}`)
    await terminal.see('works')
    await terminal.see('What should mathesarctl work with?')
    terminal.type(ENTER)
    await terminal.answer('Create the schema "mathesarctl"', 'y')
    await terminal.see('mathesarctl works with this Mathesar:')
    await declineAdd(terminal)
    expect(configText(home)).toBe(
      `env-file: ${home}/docker-compose.yml\n` +
        'journal: database\n' +
        `addresses:\n  mathesar_db: 127.0.0.1:${internal.settings.port}\n`,
    )
    expect(await hasSchema(internal)).toBe(true)
    expect(terminal.screen()).not.toContain(internal.settings.password ?? '-')
    expect(
      Math.max(
        ...terminal
          .screen()
          .split('\n')
          .map((line) => line.length),
      ),
    ).toBeLessThanOrEqual(columns)
    const elsewhere = temporaryDirectory()
    const env = { XDG_CONFIG_HOME: join(home, '.config') }
    expect(await cli(['db', 'list', '--json'], { home: elsewhere, env })).toMatchObject({
      status: 0,
      stdout: '[]\n',
    })
  })

  it('asks for an address where the port of the database is not published, and corrects it', async () => {
    const internal = await createInternalDatabase()
    const home = temporaryDirectory()
    writeProject(home, internal, { isPublished: false })
    const terminal = startTerminal(['setup'], { home, env: { LC_ALL: 'C' } })
    await terminal.see(/not tried: mathesar_db is a name that only its containers\s+know/)
    await terminal.see('What should mathesarctl work with?')
    terminal.type(ENTER)
    await terminal.answer('Where does this machine reach mathesar_db?', '127.0.0.1:x')
    await terminal.see('Enter a host name or an IP address')
    terminal.type('\x7f1')
    terminal.type(ENTER)
    await terminal.see('refused the connection')
    await terminal.see('What do you want to do?')
    terminal.type(ENTER)
    await terminal.answer('Where does this machine reach mathesar_db?', `127.0.0.1:${internal.settings.port}`)
    await terminal.answer('Create the schema "mathesarctl"', 'n')
    await declineAdd(terminal)
    expect(configText(home)).toContain(`  mathesar_db: 127.0.0.1:${internal.settings.port}\n`)
    expect(configText(home)).toContain('journal: directory\n')
    expect(await hasSchema(internal)).toBe(false)
  })

  it('asks for the key file where the key does not fit, and writes nothing after a refusal', async () => {
    const internal = await createInternalDatabase()
    await storeDatabase(internal)
    const home = temporaryDirectory()
    writeFileSync(join(home, '.env'), internal.envFile.replace(internal.secretKey, ''), { mode: 0o600 })
    writeFileSync(join(home, 'right'), internal.secretKey, { mode: 0o600 })
    writeFileSync(join(home, 'wrong'), 'wrong', { mode: 0o600 })
    const start = async () => {
      const terminal = startTerminal(['setup'], { home })
      await terminal.see('Secret key')
      await terminal.see('missing')
      await terminal.see('What should mathesarctl work with?')
      terminal.type(ENTER)
      await terminal.see('What do you want to do?')
      return terminal
    }
    const givenUp = await start()
    givenUp.type(`${DOWN}${ENTER}`)
    expect(await givenUp.ended()).toMatchObject({ status: 9 })
    expect([existsSync(configOf(home)), await hasSchema(internal)]).toEqual([false, false])

    const terminal = await start()
    terminal.type(ENTER)
    await terminal.answer('File with its SECRET_KEY:', 'wrong')
    await terminal.see('What do you want to do?')
    terminal.type(ENTER)
    await terminal.answer('File with its SECRET_KEY:', 'right')
    await terminal.answer('Create the schema "mathesarctl"', 'y')
    await terminal.see(/it\s+decrypts\s+what\s+is\s+stored/)
    await declineAdd(terminal)
    expect(configText(home)).toBe(
      `env-file: ${home}/.env\nsecret-key-file: ${home}/right\njournal: database\n`,
    )
  })

  it('creates an internal database of its own on request, which then stays chosen', async () => {
    const internal = await createInternalDatabase()
    const home = temporaryDirectory()
    writeFileSync(join(home, '.env'), internal.envFile, { mode: 0o600 })
    const terminal = startTerminal(['setup'], { home })
    await terminal.see('What should mathesarctl work with?')
    terminal.type(`${DOWN}${DOWN}${ENTER}`)
    await terminal.see('Internal database, created:')
    await declineAdd(terminal)
    expect(configText(home)).toBe(`internal-db: ${home}/.local/share/mathesarctl/internal.sqlite3\n`)
    const again = startTerminal(['setup'], { home })
    await again.see('Internal database, already there and kept:')
    await declineAdd(again)
    expect(again.screen()).not.toContain('Found')
  })

  it('takes up another one by its URL, and hides a password in it', async () => {
    const [found, other] = [await createInternalDatabase(), await createInternalDatabase()]
    const home = temporaryDirectory()
    writeFileSync(join(home, '.env'), found.envFile, { mode: 0o600 })
    const terminal = startTerminal(['setup'], { home, env: { SECRET_KEY: other.secretKey } })
    await terminal.see('What should mathesarctl work with?')
    terminal.type(`${DOWN}${ENTER}`)
    await terminal.see('the URL of its internal database:')
    terminal.type(`nowhere${ENTER}`)
    await terminal.see('There is no such file.')
    terminal.type('\x15')
    terminal.type(`${other.url}${ENTER}`)
    await terminal.answer('Create the schema "mathesarctl"', 'n')
    await terminal.see('later commands need')
    await declineAdd(terminal)
    expect(configText(home)).toBe(`internal-db: ${other.location}\njournal: directory\n`)
  })

  it('takes up the Mathesar of the environment, whose password later commands need', async () => {
    const internal = await createInternalDatabase()
    const home = temporaryDirectory()
    const variables = internal.envFile
      .trim()
      .split('\n')
      .map((line) => line.split('='))
    const env = Object.fromEntries(variables) as Record<string, string>
    const terminal = startTerminal(['setup'], { home, env })
    await terminal.see('POSTGRES_* of the environment')
    await terminal.see('What should mathesarctl work with?')
    terminal.type(ENTER)
    await terminal.answer('Create the schema "mathesarctl"', 'n')
    await terminal.see('~/.pgpass')
    await terminal.see('SECRET_KEY, which later')
    await declineAdd(terminal)
    expect(configText(home)).toBe(`internal-db: ${internal.location}\njournal: directory\n`)
    expect(await cli(['db', 'list', '--json'], { home, env })).toMatchObject({ status: 0 })
  })

  it('changes nothing when it is interrupted at a question', async () => {
    const internal = await createInternalDatabase()
    const home = temporaryDirectory()
    writeFileSync(join(home, '.env'), internal.envFile, { mode: 0o600 })
    for (const question of ['What should mathesarctl work with?', 'Create the schema "mathesarctl"']) {
      const terminal = startTerminal(['setup'], { home })
      await terminal.see('What should mathesarctl work with?')
      if (question !== 'What should mathesarctl work with?') terminal.type(ENTER)
      if (question !== 'What should mathesarctl work with?') await terminal.see(question)
      terminal.type(CTRL_C)
      expect(await terminal.ended()).toMatchObject({ status: 130 })
      expect([existsSync(configOf(home)), await hasSchema(internal)]).toEqual([false, false])
    }
  })

  it('works on a terminal without a cursor', async () => {
    const internal = await createInternalDatabase()
    const home = temporaryDirectory()
    writeFileSync(join(home, '.env'), internal.envFile, { mode: 0o600 })
    const terminal = startTerminal(['setup'], { home, term: 'dumb' })
    await terminal.answer('What should mathesarctl work with?', '1')
    await terminal.answer('Create the schema "mathesarctl"', 'y')
    await declineAdd(terminal)
    expect(configText(home)).toBe(`env-file: ${home}/.env\njournal: database\n`)
  })
})
