import { describe, expect, it } from 'vitest'
import { parseRepository } from '../../../src/build/registry/reference.ts'
import { OperatorError } from '../../../src/errors.ts'

describe('a repository of images', () => {
  it.each([
    ['ghcr.io/owner/tool', 'ghcr.io', 'ghcr.io', 'owner/tool', false],
    [
      'registry.example.org:5000/tool',
      'registry.example.org:5000',
      'registry.example.org:5000',
      'tool',
      false,
    ],
    ['localhost/tool', 'localhost', 'localhost', 'tool', true],
    ['localhost:5000/a/b/c', 'localhost:5000', 'localhost:5000', 'a/b/c', true],
    ['127.0.0.1:5000/tool', '127.0.0.1:5000', '127.0.0.1:5000', 'tool', true],
    ['[::1]:5000/tool', '[::1]:5000', '[::1]:5000', 'tool', true],
    ['10.0.0.1:5000/tool', '10.0.0.1:5000', '10.0.0.1:5000', 'tool', false],
    ['127.0.0.1.example.org/tool', '127.0.0.1.example.org', '127.0.0.1.example.org', 'tool', false],
    ['host:443/a.b_c__d--e/f', 'host:443', 'host:443', 'a.b_c__d--e/f', false],
    ['docker.io/owner/tool', 'docker.io', 'registry-1.docker.io', 'owner/tool', false],
  ])('accepts %s', (text, registry, host, name, isLocal) => {
    expect(parseRepository(text)).toEqual({ text, registry, host, name, isLocal })
  })

  it('accepts the other names of Docker Hub', () => {
    for (const host of ['index.docker.io', 'registry-1.docker.io'])
      expect(parseRepository(`${host}/owner/tool`)).toEqual(parseRepository('docker.io/owner/tool'))
  })

  it.each([
    ['', 'names no repository'],
    ['tool', 'names no repository'],
    ['owner/tool', '"owner" is not the host of a registry'],
    ['/tool', 'is not the host'],
    ['-x.org/tool', 'is not the host'],
    ['x..org/tool', 'is not the host'],
    ['x.org:0/tool', 'is not the host'],
    ['x.org:99999/tool', 'is not the host'],
    ['127.1:5000/tool', 'is not the host'],
    ['0x7f000001:5000/tool', 'is not the host'],
    ['2130706433:5000/tool', 'is not the host'],
    ['bücher.example/tool', 'is not the host'],
    ['x.org/', '"" is not the name'],
    ['x.org/tool/', '"tool/" is not the name'],
    ['x.org//tool', 'is not the name'],
    ['x.org/../tool', 'is not the name'],
    ['x.org/-tool', 'is not the name'],
    ['x.org/a..b', 'is not the name'],
    ['x.org/a___b', 'is not the name'],
    ['x.org/a b', 'is not the name'],
    ['x.org/a?b=c', 'is not the name'],
    ['x.org/a%2fb', 'is not the name'],
    ['x.org/tool\n', 'is not the name'],
    [`x.org/${'a'.repeat(300)}`, 'at most 255'],
    ['docker.io/tool', 'without an owner'],
    ['x.org/Tool', 'upper-case letters'],
    ['X.org/tool', 'upper-case letters'],
    ['x.org/tool:1.2.3', 'ends with a tag or a digest'],
    [`x.org/tool@sha256:${'0'.repeat(64)}`, 'ends with a tag or a digest'],
    ['x.org:5000/tool:latest', 'ends with a tag or a digest'],
    ['https://x.org/tool', 'begins with https://'],
    ['docker://x.org/tool', 'begins with docker://'],
  ])('refuses %j', (text, message) => {
    const error = failureOf(text)
    expect(error).toMatchObject({ code: 'USAGE', message: expect.stringContaining(message) })
    expect(error.details.field).toBe('push')
    expect(error.hint).not.toBe('')
  })

  it('names the repository without what is wrong in the hint', () => {
    expect(failureOf('https://x.org/tool/').hint).toContain('Write x.org/tool.')
    expect(failureOf('x.org:5000/tool:1').hint).toContain('Write x.org:5000/tool:')
    expect(failureOf('ghcr.io/Owner/Tool').hint).toContain('Write ghcr.io/owner/tool.')
  })

  it.each(['me:secret@x.org/tool', 'https://me:secret@x.org/tool', 'https://me:sec/ret@x.org/tool'])(
    'never repeats a password: %s',
    (text) => {
      const error = failureOf(text)
      expect(`${error.message} ${error.hint}`).not.toMatch(/secret|ret@/)
      expect(error.message).toContain('user name or password')
    },
  )
})

function failureOf(text: string): OperatorError {
  try {
    parseRepository(text)
  } catch (error) {
    if (error instanceof OperatorError) return error
  }
  throw new Error(`${text} is accepted`)
}
