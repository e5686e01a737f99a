import { describe, expect, it } from 'vitest'
import {
  createInternalDatabase,
  isModern,
  LEGACY_STEPS,
  type MathesarStep,
  MODERN_STEPS,
} from '../support/mathesar-database.ts'

const STEPS: MathesarStep[] = ['django', '0.1.3', 'testing', ...LEGACY_STEPS, '0001', ...MODERN_STEPS]

describe('an internal database of the tests', () => {
  it.each(STEPS)('has the tables of %s, owned by its role, and a user', async (step) => {
    const internal = await createInternalDatabase({ step })
    const session = await internal.connect()
    const { rows } = await session.query('SELECT id, username FROM mathesar_user')
    expect(rows).toEqual([{ id: 1, username: 'admin' }])
    const owners = await internal.query(
      `SELECT DISTINCT pg_get_userbyid(relowner) AS owner FROM pg_class
       WHERE relnamespace = 'public'::regnamespace`,
    )
    expect(owners).toEqual([{ owner: internal.settings.user }])
    const rowsOfTables = await internal.snapshot()
    expect(Object.keys(rowsOfTables)).toEqual(['django_migrations', 'mathesar_user'])
    const ofMathesar = rowsOfTables.django_migrations?.filter(({ app }) => app === 'mathesar') ?? []
    expect(ofMathesar.length).toBe(isModern(step) ? Number(step) : (ofMathesar.length ?? 0))
    expect(ofMathesar.length > 0).toBe(step !== 'django')
  })

  it('has the 29 tables, 45 migrations and key kinds of 0.11.0', async () => {
    const internal = await createInternalDatabase()
    const [counts] = await internal.query(
      `SELECT (SELECT count(*)::int FROM pg_tables WHERE schemaname = 'public') AS tables,
         (SELECT count(*)::int FROM django_migrations) AS migrations,
         (SELECT count(*)::int FROM pg_attribute JOIN pg_class AS c ON c.oid = attrelid
          WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND attidentity = 'd') AS identities,
         (SELECT count(*)::int FROM pg_constraint WHERE contype = 'f' AND NOT condeferrable) AS immediate`,
    )
    expect(counts).toEqual({ tables: 29, migrations: 45, identities: 28, immediate: 4 })
  })

  it('can lie in another schema, in a database where its role may create none', async () => {
    const internal = await createInternalDatabase({ step: '0005', schema: 'An App', mayCreateSchema: false })
    const session = await internal.connect()
    expect((await session.query('SELECT * FROM mathesar_server')).rows).toEqual([])
    await expect(session.query('CREATE SCHEMA mathesarctl')).rejects.toThrow('permission denied')
    expect(Object.keys(await internal.snapshot())).toEqual(['django_migrations', 'mathesar_user'])
  })

  it('encrypts and decrypts with its key', async () => {
    const { encrypt, decrypt } = await createInternalDatabase()
    expect(await decrypt(await encrypt('s3cret'))).toEqual({ kind: 'decrypted', plaintext: 's3cret' })
  })
})
