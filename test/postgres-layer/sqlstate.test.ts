import pg from 'pg'
import { describe, expect, it } from 'vitest'
import { OperatorError } from '../../src/errors.ts'
import { openSession } from '../../src/postgres/connect.ts'
import { readServerFacts } from '../../src/postgres/facts.ts'
import { ScramError } from '../../src/postgres/login/scram.ts'
import { quoteIdentifier, quoteLiteral } from '../../src/postgres/quote.ts'
import { toOperatorError } from '../../src/postgres/sqlstate.ts'
import type { ConnectionSettings, EventTrigger } from '../../src/postgres/types.ts'
import { createRole, ownedDatabase, sql } from '../support/database.ts'

const OPTIONS = { timeoutMs: 10_000, home: null }

/** Returns the error that a failing script gives the operator. */
async function errorOf(
  settings: ConnectionSettings,
  script: string,
  context: { doing?: string; eventTriggers?: readonly EventTrigger[] } = {},
): Promise<OperatorError> {
  const session = await openSession(settings, OPTIONS)
  try {
    await session.run(script)
  } catch (error) {
    return toOperatorError(error, { settings, ...context })
  } finally {
    await session.close()
  }
  throw new Error('the script did not fail')
}

/** Returns an error as servers and proxies send it, for those that no test can provoke here. */
function sent(sqlstate: string, message: string, fields: Partial<pg.DatabaseError> = {}): pg.DatabaseError {
  const error = new pg.DatabaseError(message, 0, 'error')
  return Object.assign(error, { code: sqlstate, severity: 'FATAL', ...fields })
}

const SETTINGS: ConnectionSettings = {
  host: 'db.example.org',
  port: 6543,
  database: 'library',
  user: 'ann',
  password: 's3cr3t',
  sslmode: 'prefer',
  sslrootcert: null,
  sslcert: null,
  sslkey: null,
  options: null,
}

describe('the error for the operator', () => {
  it('leaves an error of the program itself unchanged', () => {
    const error = new OperatorError('ABORTED', 'No.', 'Yes.')
    expect(toOperatorError(error, { settings: SETTINGS })).toBe(error)
  })

  it('names the missing privilege and the GRANT', async () => {
    const owned = await ownedDatabase({ database: 'priv "db"' })
    const role = await createRole({ name: 'priv "role"' })
    const settings = { ...owned, ...role }
    const create = await errorOf(settings, 'CREATE SCHEMA x')
    expect(create.code).toBe('INSUFFICIENT_PRIVILEGE')
    expect(create.hint).toContain('GRANT CREATE ON DATABASE "priv ""db""" TO "priv ""role""";')
    await sql(owned.database, 'CREATE SCHEMA "s 1"; CREATE TABLE "s 1".t ()')
    const schema = await errorOf(settings, 'CREATE TABLE "s 1".u ()')
    expect(schema.hint).toContain('ON SCHEMA "s 1" TO')
    await sql(owned.database, 'GRANT USAGE ON SCHEMA "s 1" TO PUBLIC')
    const owner = await errorOf(settings, 'DROP TABLE "s 1".t')
    expect(owner.message).toContain('is not the owner of table t')
    const table = await errorOf(settings, 'SELECT * FROM "s 1".t')
    expect(table.code).toBe('INSUFFICIENT_PRIVILEGE')
    expect(table.details.sqlstate).toBe('42501')
    await sql('postgres', 'DROP DATABASE "priv ""db"""')
    await sql('postgres', 'DROP ROLE "priv ""role"""')
  })

  it('distinguishes read-only servers, locks, canceled statements and unknown errors', async () => {
    const settings = await ownedDatabase()
    expect((await errorOf(settings, 'BEGIN READ ONLY; CREATE TABLE t ()')).code).toBe('READ_ONLY_SERVER')
    expect((await errorOf(settings, `SET statement_timeout = 50; SELECT pg_sleep(5)`)).code).toBe(
      'CONNECTION_FAILED',
    )
    const holder = await openSession(settings, OPTIONS)
    await holder.run('CREATE TABLE t ()')
    await holder.run('BEGIN; LOCK t')
    const locked = await errorOf(settings, `BEGIN; SET LOCAL lock_timeout = 50; LOCK t`)
    expect(locked.code).toBe('LOCKED')
    expect(locked.hint).toContain('--lock-timeout')
    await holder.close()
    const unforeseen = await errorOf(settings, 'SELECT 1/0', { doing: 'counting' })
    expect(unforeseen.code).toBe('INTERNAL')
    expect(unforeseen.message).toBe(
      'The server reported an error while counting: division by zero (SQLSTATE 22012).',
    )
    expect(unforeseen.details.sqlstate).toBe('22012')
  })

  it.each([
    ['transaction_timeout', '25P04', 'SELECT pg_sleep(5)', 170_000],
    ['idle_in_transaction_session_timeout', '25P03', 'BEGIN', 130_000],
    ['idle_session_timeout', '57P05', 'SELECT 1', 140_000],
  ])('states that %s ended the connection, and how to lift it', async (setting, sqlstate, script, since) => {
    const settings = await ownedDatabase()
    const [server] = await sql<{ number: number }>(
      settings.database,
      "SELECT current_setting('server_version_num')::integer AS number",
    )
    if (Number(server?.number) < since) return
    await sql(settings.database, `ALTER DATABASE ${settings.database} SET ${setting} = '100ms'`)
    const session = await openSession(settings, OPTIONS)
    const run = async () => {
      await session.run(script)
      await new Promise((resolve) => setTimeout(resolve, 1_000))
      await session.run(script)
    }
    await expect(run()).rejects.toMatchObject({
      code: 'CONNECTION_FAILED',
      reason: 'lost',
      message: expect.stringContaining(`the limit ${setting} `),
      hint: expect.stringContaining(
        `  ALTER ROLE "${settings.user}" IN DATABASE "${settings.database}" SET ${setting} = 0;`,
      ),
      details: { sqlstate },
    })
    await session.close()
  })

  it("names the function of an event trigger, and none of the program's own", async () => {
    const settings = await ownedDatabase()
    await sql(
      settings.database,
      `CREATE SCHEMA audit;
       CREATE FUNCTION audit.on_ddl() RETURNS event_trigger LANGUAGE plpgsql
         AS $$BEGIN RAISE EXCEPTION 'no log table'; END$$;
       CREATE EVENT TRIGGER audit_ddl ON ddl_command_end EXECUTE FUNCTION audit.on_ddl();`,
    )
    const session = await openSession(settings, OPTIONS)
    const { eventTriggers } = await readServerFacts(session)
    await session.close()
    for (const script of ['CREATE SCHEMA x', `DO $$BEGIN CREATE SCHEMA x; END$$`]) {
      const error = await errorOf(settings, script, { eventTriggers })
      expect(error.code).toBe('SCHEMA_CONFLICT')
      expect(error.message).toContain('audit.on_ddl()')
      expect(error.message).toContain('"audit_ddl"')
      expect(error.message).toContain('no log table')
      expect((await errorOf(settings, script)).message).toContain('audit.on_ddl()')
    }
    await sql(
      settings.database,
      `CREATE OR REPLACE FUNCTION audit.on_ddl() RETURNS event_trigger LANGUAGE plpgsql
         AS $$BEGIN PERFORM 1 FROM pg_catalog.pg_authid; END$$`,
    )
    const denied = await errorOf(settings, 'CREATE SCHEMA x', { eventTriggers })
    expect(denied.code).toBe('INSUFFICIENT_PRIVILEGE')
    expect(denied.hint).toContain('audit.on_ddl()')
    await sql(
      settings.database,
      `DROP EVENT TRIGGER audit_ddl; CREATE SCHEMA msar;
       CREATE FUNCTION msar.f() RETURNS void LANGUAGE plpgsql AS $$BEGIN RAISE 'x'; END$$;
       GRANT USAGE ON SCHEMA msar TO PUBLIC`,
    )
    expect((await errorOf(settings, 'SELECT msar.f()')).code).toBe('INTERNAL')
  })

  it.each<[string, string, string, string | undefined]>([
    ['08P01', 'no such database: library', 'POOLED_CONNECTION', 'login'],
    ['08P01', 'unsupported startup parameter: options', 'POOLED_CONNECTION', 'login'],
    ['08P01', 'transaction blocks not allowed in statement pooling mode', 'POOLED_CONNECTION', undefined],
    ['08P01', 'SASL authentication failed', 'AUTHENTICATION_FAILED', 'login'],
    ['08P01', 'no such user: ann', 'AUTHENTICATION_FAILED', 'login'],
    ['08P01', 'SSL required', 'TLS_FAILED', 'login'],
    ['08P01', 'server login has been failing, try again later', 'CONNECTION_FAILED', 'login'],
    ['28000', 'SSL connection is required. Please specify SSL options and retry.', 'TLS_FAILED', 'login'],
    [
      '28000',
      'no pg_hba.conf entry for host "10.1.2.3", user "ann", database "library", SSL on',
      'AUTHENTICATION_FAILED',
      'login',
    ],
    ['28000', 'kein pg_hba.conf-Eintrag für Host »10.1.2.3«', 'AUTHENTICATION_FAILED', 'login'],
    ['28000', 'certificate authentication failed for user "ann"', 'AUTHENTICATION_FAILED', 'login'],
    [
      '28P01',
      'Passwort-Authentifizierung für Benutzer »ann« fehlgeschlagen',
      'AUTHENTICATION_FAILED',
      'login',
    ],
    ['XX000', 'Tenant or user not found', 'AUTHENTICATION_FAILED', 'login'],
    ['XX000', 'something new', 'CONNECTION_FAILED', 'login'],
    ['XX000', 'something new', 'INTERNAL', undefined],
    ['3D000', 'Datenbank »library« existiert nicht', 'DATABASE_DOES_NOT_EXIST', 'login'],
    ['53300', 'too many clients already', 'CONNECTION_FAILED', 'login'],
    ['57P03', 'the database system is starting up', 'CONNECTION_FAILED', 'login'],
    ['57P01', 'terminating connection due to administrator command', 'CONNECTION_FAILED', undefined],
    ['57014', 'canceling statement due to user request', 'CONNECTION_FAILED', undefined],
    ['08006', 'connection failure', 'CONNECTION_FAILED', undefined],
    ['0A000', 'unsupported frontend protocol 3.0', 'CONNECTION_FAILED', 'login'],
  ])('%s %s: %s', (sqlstate, message, code, moment) => {
    const context = { settings: SETTINGS, isLogin: moment === 'login' }
    const error = toOperatorError(sent(sqlstate, message), context)
    expect(error.code).toBe(code)
    expect(error.details.sqlstate).toBe(sqlstate)
    expect(error.message).toMatch(/^[A-Z].*\.$/)
    expect(error.hint).not.toBe('')
    expect(`${error.message}${error.hint}${JSON.stringify(error.details)}`).not.toContain('s3cr3t')
  })

  it.each([
    [
      '53100',
      'could not extend file "base/5/16385": No space left on device',
      'disk full',
      /disk .* is full/,
    ],
    ['53200', 'out of shared memory', 'out of memory', /is out of memory/],
    ['53300', 'sorry, too many clients already', 'too many connections', /no free connection/],
    ['53400', 'temporary file size exceeds "temp_file_limit"', 'out of resources', /configured limit/],
    ['53000', 'insufficient resources', 'out of resources', /lacks resources/],
    ['53999', 'a new kind', 'out of resources', /lacks resources/],
    ['54001', 'stack depth limit exceeded', 'out of resources', /exceeds a limit/],
    ['58000', 'could not fork', 'server disk', /can't read or write its files/],
    ['58030', 'could not read block 1 in file', 'server disk', /can't read or write its files/],
    ['58P01', 'could not open file', 'server disk', /can't read or write its files/],
    ['XX001', 'invalid page in block 1', 'server disk', /damaged data/],
    ['XX002', 'index "i" contains unexpected zero page', 'server disk', /damaged data/],
  ])('reports %s (%s) as what the server lacks', (sqlstate, message, reason, sentence) => {
    for (const isLogin of [true, false]) {
      const error = toOperatorError(sent(sqlstate, message), { settings: SETTINGS, isLogin })
      expect(error).toMatchObject({ code: 'CONNECTION_FAILED', exitCode: 3, reason })
      expect(error.message).toMatch(sentence)
      expect(error.message).toContain(message)
    }
  })

  it('reports it when a temporary file exceeds the limit of the role', async () => {
    const settings = await ownedDatabase()
    await sql(settings.database, `ALTER ROLE "${settings.user}" SET temp_file_limit = '100kB'`)
    const query =
      "SET work_mem = '64kB'; SELECT count(*) FROM (SELECT g FROM generate_series(1, 100000) g ORDER BY -g) x"
    expect(await errorOf(settings, query)).toMatchObject({
      code: 'CONNECTION_FAILED',
      reason: 'out of resources',
    })
  })

  it('recognizes a login without CONNECT in any language', () => {
    const error = sent('42501', 'keine Berechtigung für Datenbank »library«', { routine: 'CheckMyDatabase' })
    expect(toOperatorError(error, { settings: SETTINGS }).hint).toContain(
      'GRANT CONNECT ON DATABASE "library" TO "ann";',
    )
  })

  it('reports faults of SCRAM as failures of the login', () => {
    const forged = new ScramError('impostor', 'the signature of the server does not match')
    const error = toOperatorError(forged, { settings: SETTINGS, isLogin: true })
    expect(error.code).toBe('AUTHENTICATION_FAILED')
    expect(error.hint).toContain('verify-full')
  })

  it('reports a fault of the program as one, with its cause', () => {
    const fault = new TypeError('x is not a function')
    const error = toOperatorError(fault, { settings: SETTINGS })
    expect(error.code).toBe('INTERNAL')
    expect(error.details.cause).toBe(fault)
    expect(toOperatorError('text', { settings: SETTINGS }).code).toBe('INTERNAL')
  })
})

describe('quoting', () => {
  it('keeps any name and text unchanged', async () => {
    const text = `a"b'c\\d;--%é`
    expect(quoteIdentifier(text)).toBe(`"a""b'c\\d;--%é"`)
    const rows = await sql('postgres', `SELECT ${quoteLiteral(text)} AS ${quoteIdentifier(text)}`)
    expect(rows).toEqual([{ [text]: text }])
  })
})
