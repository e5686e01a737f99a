import { describe, expect, it } from 'vitest'
import { containerKind, loopbackHint } from '../../src/postgres/container.ts'
import { tcpError, unixSocketError } from '../../src/postgres/socket-errors.ts'

/** The error of tcpError for the kernel's answer at each address. */
function errorOf(host: string, answers: Readonly<Record<string, string>>) {
  const failures = Object.entries(answers).map(([address, code]) => ({
    address: { address, family: address.includes(':') ? 6 : 4 },
    error: Object.assign(new Error(code), { code }),
  }))
  return tcpError({ host, port: 5432 }, failures)
}

describe('a host that cannot be connected to', () => {
  it('a host that cannot be connected to is reported with a hint about IPv4 when it has only IPv6 addresses and there is no route', () => {
    for (const code of ['ENETUNREACH', 'EADDRNOTAVAIL', 'EHOSTUNREACH']) {
      const error = errorOf('db.example.org', { '2001:db8::1': code })
      expect(error.message).toContain('only IPv6')
      expect(error.hint).toContain('session pooler')
    }
  })

  it('a host that cannot be connected to is reported as unreachable when it has both kinds of address', () => {
    const error = errorOf('db.example.org', { '2001:db8::1': 'ENETUNREACH', '192.0.2.1': 'EHOSTUNREACH' })
    expect(error.message).toContain('no network route')
  })

  it('a host that cannot be connected to is reported as refusing when one address refuses, whatever the others do', () => {
    const error = errorOf('db.example.org', { '2001:db8::1': 'ENETUNREACH', '192.0.2.1': 'ECONNREFUSED' })
    expect(error.message).toContain('refused')
    expect(error.hint).toContain('listen_addresses')
  })

  it('a host that cannot be connected to is reported with a hint about firewalls when it does not answer', () => {
    expect(errorOf('192.0.2.1', { '192.0.2.1': 'ETIMEDOUT' }).hint).toContain('firewall')
  })

  it('a host that cannot be connected to is reported as the container itself when the host is localhost inside one', () => {
    const { hint } = errorOf('localhost', { '::1': 'ECONNREFUSED', '127.0.0.1': 'ECONNREFUSED' })
    const kind = containerKind()
    expect(hint).toContain(kind === null ? 'listen_addresses' : 'localhost is the container itself')
    expect(hint).toContain('PostgreSQL is running')
    expect(hint).toContain('port is right')
  })
})

describe('a Unix socket that cannot be opened', () => {
  it.each([
    ['ENOENT', 'There is no'],
    ['EACCES', 'may not open'],
    ['ECONNREFUSED', 'Nothing listens'],
    ['ENAMETOOLONG', 'could not be opened'],
  ])('a Unix socket that cannot be opened is reported: %s: %s', (code, words) => {
    const error = unixSocketError(
      { host: '/run/postgresql', port: 5433 },
      Object.assign(new Error(), { code }),
    )
    expect(error.message).toContain(words)
    expect(error.message).toContain('/run/postgresql/.s.PGSQL.5433')
  })
})

describe('the hint for localhost in a container', () => {
  it('is for no process outside of one, whatever files and variables it sees', () => {
    expect(containerKind({ KUBERNETES_SERVICE_HOST: '10.0.0.1' }, false)).toBeNull()
    expect(containerKind({}, false)).toBeNull()
  })

  it('fits the kind of container', () => {
    expect(containerKind({ KUBERNETES_SERVICE_HOST: '10.0.0.1' }, true)).toBe('kubernetes')
    expect(loopbackHint('kubernetes')).toContain('svc')
    expect(loopbackHint('podman')).toContain('host.containers.internal')
    expect(loopbackHint('docker')).toContain('host.docker.internal')
    expect(loopbackHint('container')).toContain('socket')
    for (const kind of ['kubernetes', 'podman', 'docker', 'container'] as const) {
      expect(loopbackHint(kind).length).toBeLessThan(200)
    }
  })
})
