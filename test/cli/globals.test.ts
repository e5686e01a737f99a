// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references of Compose files look like this
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type GlobalFlags, resolveGlobals } from '../../src/cli/settings/globals.ts'
import { locateFiles } from '../../src/cli/settings/paths.ts'
import { temporaryDirectory } from '../support/cli.ts'

const POSTGRES = 'POSTGRES_DB=d\nPOSTGRES_USER=u\nPOSTGRES_HOST=mathesar_db\nPOSTGRES_PASSWORD=p\n'

function place() {
  const home = temporaryDirectory()
  const write = (name: string, text: string) => {
    mkdirSync(join(home, name, '..'), { recursive: true })
    writeFileSync(join(home, name), text)
    chmodSync(join(home, name), 0o600)
    return join(home, name)
  }
  const env: NodeJS.ProcessEnv = { HOME: home }
  const files = () => locateFiles(env, join(home, 'none.yaml'), join(home, 'etc/mathesar.env'))
  const resolve = (flags: GlobalFlags, more: NodeJS.ProcessEnv = {}) =>
    resolveGlobals(flags, { ...env, ...more }, files())
  return { home, write, resolve }
}

describe('the live Mathesar that the settings name', () => {
  it('is the one of the machine where nothing else names an internal database', async () => {
    const { home, write, resolve } = place()
    const path = write('etc/mathesar.env', POSTGRES)
    const { live, envFile, internalDb } = await resolve({})
    expect(live?.source).toBe(`POSTGRES_* of ${path}`)
    expect([envFile, internalDb.location, internalDb.trust.named]).toEqual([
      path,
      'postgresql://u@mathesar_db:5432/d',
      false,
    ])
    const own = await resolve({ internalDb: join(home, 'own.sqlite3') })
    expect([own.live, own.envFile]).toEqual([null, undefined])
    expect((await resolve({}, { MATHESAR_INTERNAL_DB: '/own.sqlite3' })).live).toBeNull()
    write('.config/mathesarctl/config.yaml', 'internal-db: own.sqlite3\n')
    expect((await resolve({})).live).toBeNull()
  })

  it('has no password in its location, and all parameters of a URL', async () => {
    const { resolve } = place()
    const url = 'postgresql://u%40x:p%20w@[::1]:5433/d%2Fb?sslmode=require&connect_timeout=3'
    const { live } = await resolve({ internalDb: url })
    expect(live?.location).toBe('postgresql://u%40x@[::1]:5433/d%2Fb?sslmode=require&connect_timeout=3')
    expect(live?.settings).toMatchObject({
      host: '::1',
      port: 5433,
      user: 'u@x',
      password: 'p w',
      database: 'd/b',
      sslmode: 'require',
    })
    expect(live?.connectTimeoutMs).toBe(3000)
    expect(live?.warnings).toHaveLength(1)
  })

  it('has the TLS settings of libpq’s variables, and not the connection that they name', async () => {
    const { resolve } = place()
    const { live } = await resolve(
      { internalDb: 'postgresql://u@h/d' },
      { PGSSLMODE: 'verify-full', PGHOST: 'user-db', PGPORT: '6000', PGDATABASE: 'x', PGOPTIONS: '-c a=b' },
    )
    expect(live?.settings).toMatchObject({
      host: 'h',
      port: 5432,
      database: 'd',
      sslmode: 'verify-full',
      options: null,
    })
  })

  it('is refused as a URL without a role or a database', async () => {
    const { resolve } = place()
    await expect(resolve({ internalDb: 'postgresql://h/d' })).rejects.toMatchObject({
      code: 'USAGE',
      details: { field: 'internal-db' },
    })
    await expect(resolve({ internalDb: 'postgresql://u@h' })).rejects.toMatchObject({ code: 'USAGE' })
    const secret = resolve({ internalDb: 'postgresql://u:secret/@h/d' })
    await expect(secret).rejects.toMatchObject({ code: 'USAGE', details: { field: 'internal-db' } })
    await expect(secret).rejects.not.toMatchObject({ message: expect.stringContaining('secret') })
  })

  it('runs in a container where a Compose project runs it, or a container alone knows its host', async () => {
    const { write, resolve } = place()
    const envFile = write('one/.env', 'SECRET_KEY=key\n')
    write(
      'one/docker-compose.yml',
      'services:\n  service:\n    image: mathesar/mathesar\n    environment:\n' +
        '      POSTGRES_DB: ${POSTGRES_DB:-mathesar_django}\n      POSTGRES_USER: ${POSTGRES_USER:-mathesar}\n' +
        '      POSTGRES_HOST: ${POSTGRES_HOST:-db}\n      POSTGRES_PASSWORD: ${POSTGRES_PASSWORD:-mathesar}\n',
    )
    const { live } = await resolve({ envFile })
    expect(live?.location).toBe('postgresql://mathesar@db:5432/mathesar_django')
    expect(live?.isInContainer).toBe(true)
    expect((await resolve({ internalDb: 'postgresql://u@mathesar_db/d' })).live?.isInContainer).toBe(true)
    expect((await resolve({ internalDb: 'postgresql://u@localhost/d' })).live?.isInContainer).toBe(false)
    const host = write('two/.env', POSTGRES.replace('mathesar_db', 'localhost'))
    expect((await resolve({ envFile: host })).live?.isInContainer).toBe(false)
  })

  it('keeps its journal where the configuration says only if that names the same internal database', async () => {
    const { write, resolve } = place()
    const path = write('one/.env', POSTGRES)
    const other = write('two/.env', POSTGRES.replace('mathesar_db', 'elsewhere'))
    write('.config/mathesarctl/config.yaml', `env-file: ${path}\njournal: database\n`)
    expect((await resolve({})).journal).toBe('database')
    expect((await resolve({ envFile: path })).journal).toBe('database')
    expect((await resolve({ internalDb: 'postgresql://u@mathesar_db/d' })).journal).toBe('database')
    expect((await resolve({ envFile: other })).journal).toBeNull()
    expect((await resolve({}, { MATHESAR_INTERNAL_DB: 'postgresql://u@elsewhere/d' })).journal).toBeNull()
    expect((await resolve({ envFile: other, journal: 'database' })).journal).toBe('database')
  })

  it('keeps its journal where flags or the configuration say', async () => {
    const { home, write, resolve } = place()
    const internalDb = 'postgresql://u@h/d'
    expect(await resolve({ internalDb })).toMatchObject({ journal: null, acceptUnknownLayout: false })
    expect((await resolve({ internalDb })).files.journals).toBe(join(home, '.local/state/mathesarctl'))
    write('.config/mathesarctl/config.yaml', 'journal: directory\n')
    expect((await resolve({ internalDb })).journal).toBe('directory')
    expect((await resolve({ internalDb, journal: 'database' })).journal).toBe('database')
    write('.config/mathesarctl/config.yaml', 'journal: elsewhere\n')
    await expect(resolve({ internalDb })).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining('journal'),
    })
  })
})

describe('an .env file that names no internal database on PostgreSQL', () => {
  const KEY = 'SECRET_KEY=key\n'

  it('names the db.sqlite3 beside it, whatever the other settings name', async () => {
    const { home, write, resolve } = place()
    const envFile = write('two/.env', KEY)
    const file = write('two/db.sqlite3', '')
    write('etc/mathesar.env', POSTGRES)
    write('.config/mathesarctl/config.yaml', `env-file: ${write('one/.env', POSTGRES)}\n`)
    const named = await resolve({ envFile }, { MATHESAR_INTERNAL_DB: 'postgresql://u@h/d' })
    expect([named.live, named.internalDb]).toEqual([
      null,
      { location: file, source: `beside ${envFile}`, trust: { named: true, groups: [] } },
    ])
    expect((await resolve({ envFile, internalDb: join(home, 'own') })).internalDb.location).toBe(
      join(home, 'own'),
    )
    write('.config/mathesarctl/config.yaml', `env-file: ${envFile}\n`)
    expect((await resolve({})).internalDb.location).toBe(file)
  })

  it.each<[string, string, string, NodeJS.ProcessEnv]>([
    [
      'the variable',
      'no-input: true',
      'MATHESAR_INTERNAL_DB',
      { MATHESAR_INTERNAL_DB: 'postgresql://u@h/d' },
    ],
    ['a URL of the configuration', 'internal-db: postgresql://u@h/d', 'config.yaml', {}],
    ['a db.sqlite3 of the configuration', 'internal-db: /m/db.sqlite3', 'config.yaml', {}],
    ['an .env file of the configuration', 'env-file: ../../one/.env', 'POSTGRES_* of', {}],
    ['the one beside an .env file of the configuration', 'env-file: ../../three/.env', 'beside', {}],
    ['the machine', 'no-input: true', 'POSTGRES_* of', {}],
  ])('is refused rather than used for the Mathesar of %s', async (_, config, source, env) => {
    const { write, resolve } = place()
    const envFile = write('two/.env', KEY)
    write('one/.env', POSTGRES)
    write('three/.env', KEY)
    write('three/db.sqlite3', '')
    write('etc/mathesar.env', POSTGRES)
    write('.config/mathesarctl/config.yaml', `${config}\n`)
    await expect(resolve({ envFile }, env)).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining(source),
      hint: expect.stringContaining('--internal-db'),
      details: { field: 'env-file' },
    })
    expect((await resolve({}, env)).internalDb.location).not.toBeNull()
  })

  it('is refused in the configuration as well, where the machine has another Mathesar', async () => {
    const { write, resolve } = place()
    write('etc/mathesar.env', POSTGRES)
    write('.config/mathesarctl/config.yaml', `env-file: ${write('two/.env', KEY)}\n`)
    await expect(resolve({})).rejects.toMatchObject({ code: 'USAGE' })
  })

  it('gives the key of an SQLite file of one’s own, and of what the configuration names with it', async () => {
    const { home, write, resolve } = place()
    const envFile = write('two/.env', KEY)
    expect((await resolve({ envFile })).internalDb.source).toBe('default')
    write('.config/mathesarctl/config.yaml', 'internal-db: /own.sqlite3\n')
    expect((await resolve({ envFile })).internalDb.location).toBe('/own.sqlite3')
    write('.config/mathesarctl/config.yaml', 'internal-db: postgresql://u@h/d\nenv-file: ../../two/.env\n')
    expect((await resolve({ envFile })).live?.location).toBe('postgresql://u@h/d')
    expect((await resolve({ envFile: join(home, 'one/../two/.env') })).live).not.toBeNull()
  })
})
