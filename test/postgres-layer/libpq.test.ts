import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { withSession } from '../../src/postgres/connect.ts'
import { completeSettings, resolveSettings } from '../../src/postgres/settings/resolve-settings.ts'
import type { ConnectionSettings } from '../../src/postgres/types.ts'
import { createDatabase, ownedDatabase, uniqueName } from '../support/database.ts'
import { isPsqlRun, psql } from './psql.ts'

let home: string
let owned: ConnectionSettings
/** Another database of the same role. */
let other: string

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'mathesarctl-libpq-'))
  owned = await ownedDatabase()
  other = await createDatabase({ owner: owned.user, name: uniqueName('other') })
})
afterAll(() => rmSync(home, { recursive: true, force: true }))

const QUESTION = 'SELECT current_user::text || $$ in $$ || current_database()::text AS answer'

/** Returns whom psql logs in as and where; `refused` if it does not. */
async function askPsql(dsn: string, env: Record<string, string>): Promise<string> {
  const { status, stdout } = await psql(dsn, { query: QUESTION, home, env })
  return status === 0 ? stdout : 'refused'
}

/** Returns the same for this program. */
async function askThisProgram(dsn: string, env: Record<string, string>): Promise<string> {
  try {
    const { values, addresses } = resolveSettings({ flags: {}, ...(dsn === '' ? {} : { dsn }), env, home })
    const settings = completeSettings(values)
    return await withSession(settings, { timeoutMs: 10_000, home, addresses }, async (session) => {
      const [row] = await session.query<{ answer: string }>(QUESTION)
      return row?.answer ?? ''
    })
  } catch {
    return 'refused'
  }
}

describe.skipIf(!isPsqlRun)('the settings of a connection lead where psql goes with libpq 18', () => {
  it.each<[string, Record<string, string>, string?]>([
    ['dbname=OTHER', {}],
    ["dbname='OTHER' user=nobody user=USER", {}],
    ['postgresql:///OTHER', {}],
    ['postgresql:// USER @ 127.0.0.1 / OTHER ', {}],
    ['postgresql://db.invalid/OTHER?hostaddr=127.0.0.1', {}],
    ['host=db.invalid hostaddr=127.0.0.1', {}],
    ['host=db.invalid', { PGHOSTADDR: '127.0.0.1' }],
    ['host=db.invalid', { PGHOSTADDR: '' }],
    ["hostaddr=''", { PGHOSTADDR: '192.0.2.1' }],
    ['hostaddr=127.0.0.1', { PGHOST: 'db.invalid' }],
    ['hostaddr=127.0.0.1 host=/nowhere', {}],
    ['hostaddr=localhost', {}],
    ['postgresql://@:/?', {}],
    ['postgresql://?dbname=', {}],
    ['requiressl=1', {}],
    ['requiressl=0', {}],
    ['postgresql:///?ssl=true', {}],
    ['postgresql:///?ssl=true&sslmode=prefer', {}],
    ['postgresql:///?ssl=TRUE', {}],
    ['postgresql:///?ssl=false', {}],
    ['postgresql:///?sslmode=prefer', {}],
    ['ssl=true', {}],
    ['sslmode=prefer ssl=true', {}],
    ['service=svc', {}, '[svc]\nssl=true\n'],
    ['', { PGREQUIRESSL: '1' }],
    ['', { PGREQUIRESSL: '1', PGSSLMODE: 'prefer' }],
    ['sslmode=disable', { PGREQUIRESSL: '1' }],
    ["password=''", {}],
    ['password=wrong', {}],
    ['dbname=OTHER\u00A0', {}],
    ['dbname=OTHER\v', {}],
    ['\fdbname\t=\nOTHER', {}],
    ['user=\u2003USER', {}],
    ["port=' PORT '", {}],
    ['connect_timeout=5', { PGCONNECT_TIMEOUT: 'bogus' }],
    ['sslmode=prefer', { PGSSLMODE: 'bogus' }],
    ["sslmode=prefer sslrootcert=''", { PGSSLROOTCERT: '/nowhere' }],
    ['gssencmode=disable', { PGGSSENCMODE: 'bogus' }],
    ['', { PGSERVICE: 'svc' }, '[svc]\ndbname=OTHER\n'],
    ['', { PGSERVICE: 'svc', PGDATABASE: 'bogus' }, '[svc]\ndbname=OTHER\n'],
    ['dbname=DATABASE', { PGSERVICE: 'svc', PGDATABASE: 'bogus' }, '[svc]\ndbname=OTHER\n'],
    ['service=svc', { PGSERVICE: 'none' }, '[svc]\ndbname=OTHER\n'],
    ['service=none', { PGSERVICE: 'svc' }, '[svc]\ndbname=OTHER\n'],
    ['service=svc', {}, '[svc] # production\ndbname=OTHER\n'],
    ['service=svc', {}, '  [svc]x\r\n\tdbname=OTHER \f\r\n'],
    ['service=svc', {}, '[svc]\ndbname=OTHER\ndbname=none\n[svc]\nport=1\n'],
    ['service=svc', {}, '[svc]\nhostaddr=\nsslcrl=\nsslrootcert=\nsslpassword=\nrequirepeer=\n'],
    ['service=svc', {}, '[svc]\ndbname=OTHER\u00A0\n'],
    ['service=svc', {}, '[svc]\n\u00A0dbname=OTHER\n'],
    ['service=svc', {}, '[svc]\ndbname = OTHER\n'],
    ['service=svc', {}, '[svc]\nrequiressl=1\n'],
    ['service=svc', {}, '[ svc ]\ndbname=OTHER\n'],
    ['service=svc', {}, '[svc]\nservice=x\n'],
    ['service=svc', {}, 'broken\n[x]\nbroken\n[svc]\ndbname=OTHER\n[y]\nbroken\n'],
    ['service=svc', { PGPASSWORD: 'wrong' }, '[svc]\npassword=PASSWORD\n'],
    ['service=svc', {}, '[svc]\npassword=wrong\n'],
    ['ssl_min_protocol_version=TLSv1.2', {}],
    ['ssl_max_protocol_version=TLSv1.3', {}],
    ['replication=false', {}],
    ['tty=x', {}],
  ])('%j %j %j', async (dsn, env, services = '') => {
    const inserted = (text: string) =>
      text
        .replaceAll('OTHER', other)
        .replaceAll('DATABASE', owned.database)
        .replaceAll('USER', owned.user)
        .replaceAll('PASSWORD', owned.password ?? '')
        .replaceAll('PORT', String(owned.port))
    const file = join(home, 'services')
    writeFileSync(file, inserted(services))
    const given = {
      PGHOST: '127.0.0.1',
      PGPORT: String(owned.port),
      PGUSER: owned.user,
      PGDATABASE: owned.database,
      PGPASSWORD: owned.password ?? '',
      PGSERVICEFILE: file,
      ...env,
    }
    const [expected, answer] = await Promise.all([
      askPsql(inserted(dsn), given),
      askThisProgram(inserted(dsn), given),
    ])
    expect(answer).toBe(expected)
  })
})
