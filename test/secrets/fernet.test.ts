import { createCipheriv, createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { decrypt, deriveKey, encrypt, type FernetKey, forgetKey } from '../../src/secrets/fernet.ts'
import { decryptAll } from '../../src/secrets/fernet-batch.ts'
import fixture from './fernet-vectors.json' with { type: 'json' }

const REFERENCE_TOKEN =
  'gAAAAAAdwJ6wAAECAwQFBgcICQoLDA0ODy021cpGVWKZ_eEwCGM4BLLF_5CV9dOPmrhuVUPgJobwOz7JcbmrR64jVmpU4IwqDA=='

function keyFrom(base64: string): FernetKey {
  const bytes = Buffer.from(base64, 'base64url')
  return { signing: bytes.subarray(0, 16), encryption: bytes.subarray(16) }
}

/** Returns a token that is signed as it should be, around any ciphertext. */
function signedToken(key: FernetKey, ciphertext: Uint8Array, version = 0x80): string {
  const signed = Buffer.concat([Buffer.from([version]), Buffer.alloc(8), Buffer.alloc(16), ciphertext])
  const token = Buffer.concat([signed, createHmac('sha256', key.signing).update(signed).digest()])
  return token.toString('base64').replaceAll('+', '-').replaceAll('/', '_')
}

function encryptBlock(key: FernetKey, block: Uint8Array): Buffer {
  return createCipheriv('aes-128-cbc', key.encryption, Buffer.alloc(16)).setAutoPadding(false).update(block)
}

describe.each(fixture.vectors)('vector $name', (vector) => {
  it('derives the key that Mathesar derives', async () => {
    const key = await deriveKey(vector.secret_key, vector.salt_key)
    expect(key.signing.toString('hex')).toBe(vector.signing_key_hex)
    expect(key.encryption.toString('hex')).toBe(vector.encryption_key_hex)
  })

  it('creates the same token from the same time and IV', () => {
    const iv = Buffer.from(vector.iv_hex, 'hex')
    const token = encrypt(vector.plaintext, keyFrom(vector.fernet_key), { time: vector.timestamp, iv })
    expect(token).toBe(vector.token)
    expect(token).toHaveLength(vector.token_length)
  })

  it('decrypts the token', () => {
    const key = keyFrom(vector.fernet_key)
    expect(decrypt(vector.token, key)).toEqual({ kind: 'decrypted', plaintext: vector.plaintext })
    expect(decryptAll([vector.token], key)).toEqual([{ kind: 'decrypted', plaintext: vector.plaintext }])
  })
})

it('uses the secret key as the salt if none is given', async () => {
  const key = await deriveKey('a key')
  expect(key).toEqual(await deriveKey('a key', 'a key'))
  expect(key).not.toEqual(await deriveKey('a key', 'another'))
})

it('reproduces the reference token of the Fernet specification', () => {
  const key = keyFrom('cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=')
  const iv = Buffer.from([...Array(16).keys()])
  expect(encrypt('hello', key, { time: 499162800, iv })).toBe(REFERENCE_TOKEN)
  expect(decrypt(REFERENCE_TOKEN, key)).toEqual({ kind: 'decrypted', plaintext: 'hello' })
})

it('creates different tokens from one text, with the present time', () => {
  const key = keyFrom('cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=')
  const tokens = [encrypt('hello', key), encrypt('hello', key)]
  expect(new Set(tokens).size).toBe(2)
  for (const token of tokens) {
    const age = Date.now() / 1000 - Number(Buffer.from(token, 'base64url').readBigUInt64BE(1))
    expect(Math.abs(age)).toBeLessThan(5)
  }
})

describe('decrypting', () => {
  const key = keyFrom('cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=')
  const good = encrypt('a password of several blocks, with ünïcödé in it', key)
  const lastBlock = (padding: readonly number[]) =>
    Buffer.from([...Buffer.alloc(16 - padding.length, 65), ...padding])
  const cases: [string, string][] = [
    ['a token under another key', encrypt('hello', keyFrom('A'.repeat(43)))],
    ['a token cut short', good.slice(0, -4)],
    ['a token without its padding', REFERENCE_TOKEN.slice(0, -2)],
    ['a token with a newline behind it', `${good}\n`],
    ['the beginning of a token', 'gAAAAABl'],
    [
      'a token with a byte changed in its middle',
      `${good.slice(0, 60)}${good[60] === 'A' ? 'B' : 'A'}${good.slice(61)}`,
    ],
    ['a token with a character that is no base64', `${good.slice(0, 60)}!${good.slice(61)}`],
    ['a signed token whose padding is wrong', signedToken(key, encryptBlock(key, lastBlock([1, 2, 3])))],
    ['a signed token whose padding is 0', signedToken(key, encryptBlock(key, lastBlock([0])))],
    [
      'a signed token whose padding is longer than a block',
      signedToken(key, encryptBlock(key, lastBlock([17]))),
    ],
    ['a signed token without a ciphertext', signedToken(key, Buffer.alloc(0))],
    ['a signed token with half a block', signedToken(key, Buffer.alloc(8))],
  ]

  it.each(cases)('refuses %s', (_name, value) => {
    expect(decrypt(value, key)).toEqual({ kind: 'refused' })
    expect(decryptAll([good, value, good], key)[1]).toEqual({ kind: 'refused' })
  })

  it('refuses a token with a single bit changed, whichever it is', () => {
    const bytes = Buffer.from(REFERENCE_TOKEN, 'base64url')
    const changed = [...bytes.keys()].slice(1).map((at) => {
      const copy = Buffer.from(bytes)
      copy[at] = (copy[at] ?? 0) ^ 1
      return `${copy.toString('base64url')}==`
    })
    const kinds = changed.map((token) => decrypt(token, key).kind)
    expect(new Set(kinds)).toEqual(new Set(['refused']))
    expect(decryptAll(changed, key).map(({ kind }) => kind)).toEqual(kinds)
  })
})

const PLAIN = [
  '',
  'mathesar',
  'p%40ss',
  'Z0FBQUFB',
  'g',
  'gAAAA',
  'ключ-🔑',
  '='.repeat(100),
  'A'.repeat(100),
]
it.each(PLAIN)('treats %j as plain text', (value) => {
  const key = keyFrom('cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=')
  expect(decrypt(value, key)).toEqual({ kind: 'plain text' })
  expect(decryptAll([value], key)).toEqual([{ kind: 'plain text' }])
})

it('decrypts many values as it decrypts each of them, in order', () => {
  const key = keyFrom('cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=')
  const other = keyFrom('A'.repeat(43))
  const values = Array.from({ length: 300 }, (_, i) => {
    if (i % 7 === 3) return `plain ${i}`
    return encrypt('x'.repeat(i % 50) + (i % 2 ? '' : '🔑'), i % 11 === 5 ? other : key)
  })
  expect(decryptAll(values, key)).toEqual(values.map((value) => decrypt(value, key)))
  expect(decryptAll([], key)).toEqual([])
})

it('overwrites a forgotten key in memory', async () => {
  const key = await deriveKey('a key')
  forgetKey(key)
  expect(Buffer.concat([key.signing, key.encryption])).toEqual(Buffer.alloc(32))
})
