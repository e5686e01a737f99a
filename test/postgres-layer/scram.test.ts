import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { withSession } from '../../src/postgres/connect.ts'
import { saslprep } from '../../src/postgres/login/saslprep.ts'
import { LEFT_TO_RIGHT, PROHIBITED, RIGHT_TO_LEFT } from '../../src/postgres/login/stringprep-tables.ts'
import type { ConnectionSettings } from '../../src/postgres/types.ts'
import { createRole, sharedCluster, sql, superuserSettings } from '../support/database.ts'
import { failure, startTcpServer } from './support.ts'

const OPTIONS = { timeoutMs: 10_000, home: null }

let role: { user: string; password: string }
beforeAll(async () => {
  role = await createRole()
})
afterAll(() => sql('postgres', `DROP ROLE ${role.user}`))

async function logIn(password: string): Promise<void> {
  await withSession({ ...superuserSettings(), ...role, password }, OPTIONS, async () => {})
}

const setPassword = (password: string) =>
  `ALTER ROLE ${pg.escapeIdentifier(role.user)} PASSWORD ${pg.escapeLiteral(password)};`

/** Passwords that SASLprep changes, and those that it refuses; the server then uses them as they are. */
const PASSWORDS = {
  'a no-break space': 'a\u00a0b',
  'a soft hyphen': 'a\u00adb',
  'a compatibility form': 'Ⅸ',
  'a combining accent': 'e\u0301',
  'a byte order mark in front': '\ufeffsecret',
  'nothing but a byte order mark': '\ufeff',
  'nothing but a soft hyphen': '\u00ad',
  'an unassigned code point': 'a\u0221\u00a0b',
  'an emoji that is newer than Unicode 3.2': 'Ⅸ\u{1f600}',
  'a private use code point': 'Ⅸ\ue000',
  'a non-character': 'Ⅸ\ufdd0',
  'a control character beside others': 'é\u0007e\u0301',
  'a control character in ASCII': 'a\u0007b',
  'a line separator': 'a\u2028e\u0301',
  'a deprecated tone mark': 'a\u0340',
  'a change of direction': 'Ⅸ\u202e',
  'a tag': 'Ⅸ\u{e0041}',
  'Hebrew alone': 'שלום',
  'Hebrew that ends in a digit': 'שלו\u05b8ם1',
  'Hebrew and Latin': 'שלוםⅨ',
  'Hebrew and an ASCII letter': 'ש\u00a0xש',
  'Arabic presentation forms': '\ufb50\ufb51',
}

describe('the password of a role', () => {
  it.each(Object.entries(PASSWORDS))('logs in by SCRAM with %s', async (_name, password) => {
    await sql('postgres', setPassword(password))
    await logIn(password)
  })

  it('the password is prepared as by the server, for the ends of every range of the tables', async () => {
    const ends = [PROHIBITED, RIGHT_TO_LEFT, LEFT_TO_RIGHT]
      .flatMap((table) => table.split(/[ -]/))
      .flatMap((word) => [-1, 0, 1].map((step) => Number.parseInt(word, 16) + step))
    const codePoints = [...new Set(ends)].filter(
      (code) => code > 0x7f && code < 0x110000 && (code < 0xd800 || code > 0xdfff),
    )
    expect(codePoints.length).toBeGreaterThan(1500)
    // Before version 16, a server hashes each password 4096 times: there, a choice of them has to do.
    const step = sharedCluster().major >= 16 ? 1 : 8
    const chosen = codePoints.filter((_, index) => index % step === 0)
    const passwords = chosen.flatMap((code) => {
      const character = String.fromCodePoint(code)
      return [character, `e\u0301${character}`, `\u05d0\u00ad${character}\u05d0`]
    })
    const rows = await sql<{ password: string; verifier: string }>(
      'postgres',
      // Only a role has a verifier.
      `CREATE FUNCTION pg_temp.verifiers(passwords text[])
         RETURNS TABLE (password text, verifier text) LANGUAGE plpgsql AS $$
       DECLARE
         one text;
       BEGIN
         FOREACH one IN ARRAY passwords LOOP
           EXECUTE format('ALTER ROLE %I PASSWORD %L', '${role.user}', one);
           RETURN QUERY SELECT one, rolpassword FROM pg_authid WHERE rolname = '${role.user}';
         END LOOP;
       END $$;
       SELECT * FROM pg_temp.verifiers(ARRAY[${passwords.map((one) => pg.escapeLiteral(one)).join(',')}])`,
    )
    expect(rows).toHaveLength(passwords.length)
    const wrong = rows.filter(({ password, verifier }) => !verifies(verifier, saslprep(password)))
    expect(wrong.map(({ password }) => JSON.stringify(password))).toEqual([])
  })
})

/** Returns whether a server's verifier is that of a password. */
function verifies(verifier: string, password: string): boolean {
  const [, rounds = '', salt = '', stored = ''] = /^SCRAM-SHA-256\$(\d+):(.+)\$(.+):.+$/.exec(verifier) ?? []
  const salted = pbkdf2Sync(password, Buffer.from(salt, 'base64'), Number(rounds), 32, 'sha256')
  const key = createHmac('sha256', salted).update('Client Key').digest()
  return createHash('sha256').update(key).digest('base64') === stored
}

const SASL = 10
const SASL_CONTINUE = 11
const SASL_FINAL = 12
const OK = 0

function authentication(kind: number, data = ''): Buffer {
  const head = Buffer.alloc(9)
  head.write('R')
  head.writeInt32BE(8 + Buffer.byteLength(data), 1)
  head.writeInt32BE(kind, 5)
  return Buffer.concat([head, Buffer.from(data)])
}

const READY = Buffer.from('5a0000000549', 'hex')

/** Starts a server that does not know the password, and answers each message of the client in turn. */
async function impostor(...answers: ((sent: string) => Buffer)[]): Promise<ConnectionSettings> {
  const server = await startTcpServer((socket) => {
    let turn = 0
    socket.on('data', (data: Buffer) => {
      const answer = answers[turn++]
      if (answer) socket.write(answer(data.toString('latin1')))
    })
  })
  onTestFinished(server.stop)
  const { host } = sharedCluster()
  return {
    ...superuserSettings(),
    host,
    port: server.port,
    user: 'ann',
    password: 'secret',
    sslmode: 'disable',
  }
}

const offer = () => authentication(SASL, 'SCRAM-SHA-256\0\0')
const first = (sent: string) => {
  const nonce = /r=(.+)$/.exec(sent)?.[1]
  return authentication(SASL_CONTINUE, `r=${nonce}x,s=${randomBytes(16).toString('base64')},i=1`)
}
const admit = () => Buffer.concat([authentication(OK), READY])

describe('a server that does not know the password', () => {
  it.each<[string, ((sent: string) => Buffer)[]]>([
    ['leaves its signature out', [offer, first, admit]],
    ['admits the client after it has asked for SCRAM', [offer, admit]],
    ['admits the client together with its first message', [() => Buffer.concat([offer(), admit()])]],
    [
      'sends a wrong signature',
      [offer, first, () => Buffer.concat([authentication(SASL_FINAL, `v=${'A'.repeat(43)}=`), admit()])],
    ],
    [
      'sends an empty signature',
      [offer, first, () => Buffer.concat([authentication(SASL_FINAL, 'v='), admit()])],
    ],
  ])('is not believed when it %s', async (_name, answers) => {
    const settings = await impostor(...answers)
    const error = await failure(() => withSession(settings, OPTIONS, async () => {}), 'AUTHENTICATION_FAILED')
    expect(error.message).toContain('could not prove that it knows the password')
    expect(error.hint).toContain('verify-full')
  })

  it.each<[string, ((sent: string) => Buffer)[]]>([
    ['asks for too many rounds', [offer, (sent) => withRounds(sent, '4000001')]],
    ['sends no number of rounds', [offer, (sent) => withRounds(sent, '0')]],
    ['repeats the nonce of the client', [offer, () => authentication(SASL_CONTINUE, 'r=x,s=AAAA,i=1')]],
    ['offers another mechanism', [() => authentication(SASL, 'OAUTHBEARER\0\0')]],
    ['ends the login before it began', [() => authentication(SASL_FINAL, 'v=AAAA')]],
    ['continues the login twice', [offer, (sent) => Buffer.concat([first(sent), first(sent)])]],
  ])('is reported when it %s', async (_name, answers) => {
    const settings = await impostor(...answers)
    const error = await failure(() => withSession(settings, OPTIONS, async () => {}), 'AUTHENTICATION_FAILED')
    expect(error.message).toContain('SCRAM authentication')
  })

  it('a server that asks for no password at all is believed, as by libpq', async () => {
    const settings = await impostor(admit)
    await withSession(settings, OPTIONS, async () => {})
  })
})

function withRounds(sent: string, rounds: string): Buffer {
  return authentication(SASL_CONTINUE, `r=${/r=(.+)$/.exec(sent)?.[1]}x,s=AAAA,i=${rounds}`)
}
