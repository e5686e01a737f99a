import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { cli, document, temporaryDirectory } from '../support/cli.ts'
import { createRole, ownedDatabase } from '../support/database.ts'
import {
  type DjangoPlace,
  exchange,
  type LegacyRows,
  type ModernRows,
  migrate,
} from '../support/django-project.ts'

const OLD_KEY = 'old-key_0123456789.abcdefghijklmnopqrstuvwxyz~'
const NEW_KEY = 'new-key_0123456789.abcdefghijklmnopqrstuvwxyz~'
/** Outside ASCII and outside the BMP, with what SQL and shells give a meaning. */
const PASSWORD = 'p\'ä"ß$w\\%ö;r d-日本語-🔑'

/** An internal database whose tables Django created, with the `.env` file of its Mathesar. */
async function mathesarOn(
  kind: 'sqlite' | 'legacy' | 'modern',
  secretKey: string,
): Promise<{ place: DjangoPlace; envFile: string }> {
  const directory = temporaryDirectory()
  const envFile = join(directory, '.env')
  const settings = kind === 'sqlite' ? null : await ownedDatabase()
  const place: DjangoPlace = {
    generation: kind === 'modern' ? 'modern' : 'legacy',
    secretKey,
    database: settings ?? join(directory, 'db.sqlite3'),
  }
  await migrate(place)
  const lines =
    settings === null
      ? []
      : [
          `POSTGRES_DB=${settings.database}`,
          `POSTGRES_USER=${settings.user}`,
          `POSTGRES_PASSWORD=${settings.password}`,
          `POSTGRES_HOST=${settings.host}`,
          `POSTGRES_PORT=${settings.port}`,
        ]
  writeFileSync(envFile, [...lines, `SECRET_KEY=${secretKey}`, ''].join('\n'), { mode: 0o600 })
  return { place, envFile }
}

test.each(['sqlite', 'legacy'] as const)(
  'Django of a modern Mathesar decrypts what was imported from the rows of an old one on %s',
  async (kind) => {
    const old = await mathesarOn(kind, OLD_KEY)
    const current = await mathesarOn('modern', NEW_KEY)
    const settings = await ownedDatabase({ password: PASSWORD })
    const reader = await createRole()
    const { host, port, database, user } = settings
    const one = { name: 'Bücher "1"', host, port, database, user, password: PASSWORD }
    await exchange(old.place, 'write', [one, { ...one, ...reader, name: 'Leser' }])
    const before = await exchange<LegacyRows>(old.place, 'read')
    const run = await cli(
      ['db', 'import', '--from', old.envFile, '--env-file', current.envFile, '--json', '--no-input'],
      { home: temporaryDirectory() },
    )
    expect(run, run.stderr).toMatchObject({ status: 0 })
    expect(document(run)).toMatchObject({
      imported: 2,
      databases: [
        { name: 'Bücher "1"', status: 'imported' },
        { name: 'Bücher "1"', sourceName: 'Leser', status: 'reused' },
      ],
    })
    const rows = await exchange<ModernRows>(current.place, 'read')
    expect(rows).toMatchObject({
      problems: [],
      isEncrypted: true,
      servers: [{ host, port, roles: { [user]: PASSWORD, [reader.user]: reader.password } }],
      databases: [
        { database, nickname: 'Bücher "1"', version: '0.0.0', access: [{ user: 'admin', role: user }] },
      ],
    })
    expect(await exchange<LegacyRows>(old.place, 'read')).toEqual(before)
  },
)
