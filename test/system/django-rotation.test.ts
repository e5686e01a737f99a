import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { cli, document, temporaryDirectory } from '../support/cli.ts'
import { ownedDatabase } from '../support/database.ts'
import {
  type DjangoPlace,
  exchange,
  type LegacyRows,
  type ModernRows,
  migrate,
} from '../support/django-project.ts'

const OLD_KEY = 'dk3_-q0x8w7v6u5t4s3r2q1p0o9n8m7l6k5j4i3h2g1f0e9d8c7b6a'
const PASSWORD = 'p\'ä"ß$w\\%ö;r d-日本語-🔑'
const OPTIONS = {
  key: 'the key',
  secret: PASSWORD,
  client_kwargs: { endpoint_url: 'https://s3', list: ['x', 'y'] },
}

/** An internal database on PostgreSQL whose tables Django created, and its `.env` file. */
async function mathesar(generation: 'legacy' | 'modern') {
  const home = temporaryDirectory()
  const settings = await ownedDatabase()
  const place: DjangoPlace = { generation, secretKey: OLD_KEY, database: settings }
  await migrate(place)
  const envFile = join(home, 'mathesar.env')
  const writeEnv = (key: string) =>
    writeFileSync(
      envFile,
      [
        `POSTGRES_DB=${settings.database}`,
        `POSTGRES_USER=${settings.user}`,
        `POSTGRES_PASSWORD=${settings.password}`,
        `POSTGRES_HOST=${settings.host}`,
        `POSTGRES_PORT=${settings.port}`,
        `SECRET_KEY=${key}`,
        '',
      ].join('\n'),
      { mode: 0o600 },
    )
  writeEnv(OLD_KEY)
  const rotate = async () => {
    const args = ['secret-key', 'rotate', '--json', '--yes', '--env-file', envFile]
    const run = await cli(args, { home })
    expect(run, run.stderr).toMatchObject({ status: 0 })
    return document<{ status: string; reencrypted: Record<string, number> }>(run)
  }
  const newKey = () => readFileSync(join(home, '.config/mathesarctl/secret_key.new'), 'utf8')
  return { place, rotate, newKey, writeEnv }
}

test('Django reads with the new key what was rotated, and what it wrote with the old key meanwhile (modern)', async () => {
  const { place, rotate, newKey, writeEnv } = await mathesar('modern')
  const written = (user: string, password: string) => ({
    host: 'db.example.com',
    port: 5432,
    database: `of ${user}`,
    nickname: user,
    sslmode: 'prefer',
    user,
    password,
    version: '0.11.0',
    mathesarUser: 'admin',
    downloadLink: { ...OPTIONS, user },
  })
  await exchange(place, 'write', [written('ann', PASSWORD)])
  const before = await exchange<ModernRows>(place, 'read')
  expect(before.downloadLinks).toEqual([{ ...OPTIONS, user: 'ann' }])
  expect(await rotate()).toMatchObject({ status: 'rotated', reencrypted: { role: 1, downloadLink: 1 } })
  const renewed = { ...place, secretKey: newKey() }
  expect(await exchange<ModernRows>(renewed, 'read')).toEqual(before)
  // Until its restart, Mathesar goes on with the old key.
  await exchange(place, 'write', [written('bob', 'late')])
  writeEnv(newKey())
  expect(await rotate()).toMatchObject({ status: 'finished', reencrypted: { role: 1, downloadLink: 1 } })
  const after = await exchange<ModernRows>(renewed, 'read')
  expect(after).toMatchObject({ problems: [], isEncrypted: true })
  expect(after.servers).toMatchObject([{ roles: { ann: PASSWORD, bob: 'late' } }])
  expect(after.downloadLinks).toEqual([
    { ...OPTIONS, user: 'ann' },
    { ...OPTIONS, user: 'bob' },
  ])
})

test('Django reads with the new key what was rotated, and what it wrote with the old key meanwhile (legacy)', async () => {
  const { place, rotate, newKey, writeEnv } = await mathesar('legacy')
  const written = (name: string, password: string) => ({
    name,
    database: name,
    host: 'db.example.com',
    port: 5432,
    user: `user of ${name}`,
    password,
  })
  await exchange(place, 'write', [written('one', PASSWORD)])
  const before = await exchange<LegacyRows>(place, 'read')
  expect(await rotate()).toMatchObject({ status: 'rotated', reencrypted: { database: 1 } })
  const renewed = { ...place, secretKey: newKey() }
  expect(await exchange<LegacyRows>(renewed, 'read')).toEqual(before)
  await exchange(place, 'write', [written('two', 'late')])
  writeEnv(newKey())
  expect(await rotate()).toMatchObject({ status: 'finished', reencrypted: { database: 1 } })
  const after = await exchange<LegacyRows>(renewed, 'read')
  expect(after.databases).toMatchObject([
    { name: 'one', user: 'user of one', password: PASSWORD },
    { name: 'two', user: 'user of two', password: 'late' },
  ])
})
