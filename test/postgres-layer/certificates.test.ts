import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type SecureContextOptions, TLSSocket } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { OperatorError } from '../../src/errors.ts'
import { openSession } from '../../src/postgres/connect.ts'
import type { ConnectionSettings } from '../../src/postgres/types.ts'
import { failure, startTcpServer, tlsFile, tlsText } from './support.ts'

const SETTINGS: ConnectionSettings = {
  host: '127.0.0.1',
  port: 1,
  database: 'd',
  user: 'u',
  password: 'p',
  sslmode: 'verify-full',
  sslrootcert: null,
  sslcert: null,
  sslkey: null,
  options: null,
}

let home: string
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'mathesarctl-home-'))
})
afterAll(() => rmSync(home, { recursive: true }))

const fault = (name: string) => tlsFile(`faults/${name}`)

/** Connects to a server with a certificate of test/support/tls/faults, and returns the error. */
async function refusal(
  certificate: string,
  { authority = 'authority.crt', list }: { authority?: string; list?: string } = {},
): Promise<OperatorError> {
  const server = await startTcpServer((socket) =>
    socket.once('data', () => {
      socket.write('S')
      const secured = new TLSSocket(socket, {
        isServer: true,
        cert: tlsText(`faults/${certificate}.crt`),
        key: tlsText(`faults/${certificate === 'weak-key' ? 'weak-key' : 'server'}.key`),
        ciphers: 'DEFAULT@SECLEVEL=0',
      })
      secured.on('error', () => {})
    }),
  )
  onTestFinished(server.stop)
  const own = mkdtempSync(join(home, 'user-'))
  if (list !== undefined) {
    mkdirSync(join(own, '.postgresql'))
    copyFileSync(fault(list), join(own, '.postgresql/root.crl'))
  }
  const settings = { ...SETTINGS, port: server.port, sslrootcert: fault(authority) }
  const error = await failure(() => openSession(settings, { timeoutMs: 5000, home: own }), 'TLS_FAILED')
  expect(error.message).toContain('127.0.0.1')
  expect(`${error.message} ${error.hint}`).not.toContain('cipher')
  return error
}

describe('a certificate that is refused', () => {
  it.each<[string, string, RegExp, RegExp, string?]>([
    ['expired', 'CERT_HAS_EXPIRED', /^The certificate of the server .* expired on 2020-02-01/, /Renew/],
    ['not-yet-valid', 'CERT_NOT_YET_VALID', /^The certificate of the server .* from 2119-01-01/, /clock/],
    ['by-outdated', 'CERT_HAS_EXPIRED', /authority "outdated".* expired/, /outdated\.crt/, 'outdated.crt'],
    ['self-signed', 'DEPTH_ZERO_SELF_SIGNED_CERT', /self-signed/, /--sslrootcert/],
    ['valid', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', /not signed by an authority/, /system/, 'outdated.crt'],
    ['for-clients', 'INVALID_PURPOSE', /not for servers.*serverAuth/, /extendedKeyUsage/],
    ['for-signing', 'INVALID_PURPOSE', /server .* not for servers: its key usage/, /digitalSignature/],
    ['by-mailer', 'INVALID_PURPOSE', /authority "mailer".* not for servers/, /serverAuth/],
    ['by-unfit', 'INVALID_PURPOSE', /certificate "unfit" .*not that of an authority/, /CA:TRUE/],
    ['by-careless', 'UNSPECIFIED', /not that of an authority/, /keyCertSign/],
    ['by-nested', 'PATH_LENGTH_EXCEEDED', /path length/, /pathlen/],
    ['by-constrained', 'UNSPECIFIED', /may not sign/, /name constraints/],
    ['weak-key', 'UNSPECIFIED', /key .* too weak/, /2048/],
    ['by-weak-authority', 'UNSPECIFIED', /authority .* too weak/, /2048/, 'weak-authority.crt'],
    ['weak-hash', 'UNSPECIFIED', /hash that is too weak/, /SHA-256/],
    ['unknown-extension', 'UNSPECIFIED', /critical extension/, /new certificate/],
  ])('is explained: %s', async (certificate, tls, message, hint, authority) => {
    const error = await refusal(certificate, authority === undefined ? {} : { authority })
    expect(error.message).toMatch(message)
    expect(error.hint).toMatch(hint)
    expect(error.details.data).toMatchObject({ reason: 'certificate', tls })
  })

  it.each<[string, string, string, RegExp, RegExp]>([
    ['expired.crl', 'valid', 'CRL_HAS_EXPIRED', /root\.crl has expired/, /current list/],
    ['not-yet-valid.crl', 'valid', 'CRL_NOT_YET_VALID', /root\.crl is not valid yet/, /clock/],
    ['of-middle.crl', 'valid', 'UNABLE_TO_GET_CRL', /root\.crl has no revocation list/, /remove the file/],
    ['current.crl', 'by-middle', 'UNABLE_TO_GET_CRL', /root\.crl has no revocation list/, /each authority/],
    ['revoking.crl', 'valid', 'CERT_REVOKED', /revoked, according to .*root\.crl/, /new certificate/],
  ])('names the revocation list that caused it: %s', async (list, certificate, tls, message, hint) => {
    const error = await refusal(certificate, { list })
    expect(error.message).toMatch(message)
    expect(error.hint).toMatch(hint)
    expect(error.details.data).toMatchObject({ reason: 'certificate', tls })
  })
})

describe('a handshake that fails', () => {
  const oldest = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1' } as const
  const unusual = { maxVersion: 'TLSv1.2', ciphers: 'AES128-SHA256' } as const

  it.each<[string, (socket: Socket) => void, RegExp, RegExp, string]>([
    ['an old version', (socket) => serve(socket, oldest), /no version of TLS/, /TLS 1\.2/, 'handshake'],
    ['no common cipher', (socket) => serve(socket, unusual), /no cipher of TLS/, /ssl_ciphers/, 'handshake'],
    ['an end', (socket) => socket.end(), /closed the connection during the TLS/, /log/, 'closed'],
    ['another protocol', (socket) => socket.write('HTTP/1.1 400 Bad\r\n\r\n'), /not TLS/, /port/, 'protocol'],
    [
      'no protocol of PostgreSQL',
      (socket) => serve(socket, { ALPNProtocols: ['http/1.1'] }),
      /not PostgreSQL's protocol/,
      /port/,
      'protocol',
    ],
  ])('is explained by its cause: %s', async (_name, answer, message, hint, reason) => {
    const server = await startTcpServer((socket) =>
      socket.once('data', () => {
        socket.write('S')
        socket.once('readable', () => answer(socket))
      }),
    )
    onTestFinished(server.stop)
    const settings = { ...SETTINGS, port: server.port, sslmode: 'require' as const }
    const error = await failure(() => openSession(settings, { timeoutMs: 5000, home }), 'TLS_FAILED')
    expect(error.message).toMatch(message)
    expect(error.hint).toMatch(hint)
    expect(error.details.data?.reason).toBe(reason)
  })

  function serve(socket: Socket, options: SecureContextOptions & { ALPNProtocols?: string[] }): void {
    const files = { cert: tlsText('faults/valid.crt'), key: tlsText('faults/server.key') }
    new TLSSocket(socket, { isServer: true, ...files, ciphers: 'DEFAULT@SECLEVEL=0', ...options }).on(
      'error',
      () => {},
    )
  }
})

/** Returns the error for a connection with one file in the place of another. */
async function fileFailure(change: Partial<ConnectionSettings>, own: string | null = null) {
  const server = await startTcpServer((socket) => socket.once('data', () => socket.write('S')))
  onTestFinished(server.stop)
  const settings = { ...SETTINGS, sslmode: 'verify-ca' as const, ...change, port: server.port }
  const error = await failure(() => openSession(settings, { timeoutMs: 2000, home: own }), 'TLS_FAILED')
  expect(error.details.data?.reason).toBe('file')
  return error
}

function write(name: string, content: string | Buffer): string {
  const path = join(home, name)
  writeFileSync(path, content, { mode: 0o600 })
  return path
}

function der(name: string): Buffer {
  return Buffer.from(tlsText(name).replace(/-----.*-----/g, ''), 'base64')
}

describe('a file that has no certificate in PEM format', () => {
  const certificate = () => tlsText('faults/authority.crt')
  const bare = () => certificate().replace(/-----.*-----\n/g, '')

  it.each<[string, () => string | Buffer, RegExp, RegExp]>([
    [
      'root.der',
      () => der('faults/authority.crt'),
      /a certificate in DER format/,
      /openssl x509 -inform DER/,
    ],
    ['root.p7b', () => tlsText('faults/authority.p7b'), /PKCS #7 bundle in PEM/, /openssl pkcs7 -inform PEM/],
    ['root.p7c', () => der('faults/authority.p7b'), /PKCS #7 bundle in DER/, /openssl pkcs7 -inform DER/],
    ['empty', () => '', /it is empty/, /Pass a file/],
    ['blank', () => ' \n\n', /it is empty/, /Pass a file/],
    ['key', () => tlsText('faults/server.key'), /a private key/, /Pass a file/],
    ['key.der', () => der('faults/server.key'), /a private key in DER/, /Pass a file/],
    ['crl', () => tlsText('faults/current.crl'), /a certificate revocation list/, /Pass a file/],
    ['crl.der', () => der('faults/current.crl'), /a certificate revocation list in DER/, /Pass a file/],
    ['csr', () => tlsText('faults/authority.csr'), /a request for a certificate/, /Pass a file/],
    ['utf16', () => Buffer.from(`\ufeff${certificate()}`, 'utf16le'), /UTF-16/, /iconv -f UTF-16/],
    ['bare', bare, /a certificate in Base64 without/, /Pass a file/],
    ['cut', () => certificate().slice(0, 300), /cut off/, /Pass a file/],
    ['page', () => '<!DOCTYPE html><title>Sign in</title>', /a web page/, /Pass a file/],
    ['jks', () => Buffer.from('feedfeed00000002', 'hex'), /a Java keystore/, /keytool/],
    ['note', () => 'ask Ann\n', /other text/, /Pass a file/],
    ['noise', () => Buffer.from([1, 2, 3, 0xff]), /an unknown format/, /Pass a file/],
  ])('says what it is: %s', async (name, content, message, hint) => {
    const path = write(name, content())
    const error = await fileFailure({ sslrootcert: path })
    expect(error.message).toContain(path)
    expect(error.message).toMatch(message)
    expect(error.hint).toMatch(hint)
    expect(error.hint).toContain('--sslrootcert')
  })

  it('the error recognizes a PKCS #12 archive', async () => {
    const error = await fileFailure({ sslrootcert: fault('authority.p12') })
    expect(error.message).toContain('PKCS #12')
    expect(error.hint).toContain('openssl pkcs12')
  })

  it('the error quotes the path in the command that converts the file', async () => {
    const path = write("Ann's root.der", der('faults/authority.crt'))
    const { hint } = await fileFailure({ sslrootcert: path })
    expect(hint).toContain(`-in '${path.replace("'", "'\\''")}'`)
  })

  it('the error names a file of which one certificate is damaged', async () => {
    const damaged = certificate().replace(/(?<=\n)M.{20}/, 'AAAAAAAAAAAAAAAAAAAAA')
    const error = await fileFailure({ sslrootcert: write('two', certificate() + damaged) })
    expect(error.message).toContain('certificate no. 2')
  })

  it.each<[string, () => string | Buffer, RegExp, RegExp]>([
    [
      'DER',
      () => der('faults/current.crl'),
      /in DER format/,
      /openssl crl -inform DER .*\n.* move .*root\.crl\.pem to/,
    ],
    ['a certificate', certificate, /it is a certificate/, /Replace the file or remove it/],
    ['nothing', () => '', /it is empty/, /Replace the file or remove it/],
    ['damage', () => tlsText('faults/current.crl').replace(/\nM.{20}/, '\nAAAA'), /damaged/, /Replace/],
  ])('is named in ~/.postgresql/root.crl: %s', async (_name, content, message, hint) => {
    const own = mkdtempSync(join(home, 'user-'))
    mkdirSync(join(own, '.postgresql'))
    writeFileSync(join(own, '.postgresql/root.crl'), content())
    const error = await fileFailure({ sslrootcert: fault('authority.crt') }, own)
    expect(error.message).toContain(join(own, '.postgresql/root.crl'))
    expect(error.message).toMatch(message)
    expect(error.hint).toMatch(hint)
  })

  it.each<[string, () => Partial<ConnectionSettings>, RegExp]>([
    ['a certificate in DER', () => ({ sslcert: write('client.der', der('client.crt')) }), /client\.der.*DER/],
    [
      'a certificate as key',
      () => ({ sslkey: write('k1', tlsText('client.crt')) }),
      /private key.*a certificate/,
    ],
    ['another key', () => ({ sslkey: write('k2', tlsText('faults/server.key')) }), /does not belong/],
    ['an empty key', () => ({ sslkey: write('k3', '') }), /it is empty/],
  ])('is named in the place of client certificate and key: %s', async (_name, change, message) => {
    const key = write('client.key', tlsText('client.key'))
    const error = await fileFailure({
      sslrootcert: fault('authority.crt'),
      sslcert: tlsFile('client.crt'),
      sslkey: key,
      ...change(),
    })
    expect(error.message).toMatch(message)
  })
})
