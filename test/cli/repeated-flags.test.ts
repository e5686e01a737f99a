import { describe, expect, it } from 'vitest'
import { commandToRepeat } from '../../src/cli/settings/repeated-flags.ts'

describe('the command line of a next step', () => {
  it('is the bare command where no flag chose the internal database', () => {
    expect(commandToRepeat('mathesarctl db upgrade --all', { given: { json: true, yes: true } })).toBe(
      'mathesarctl db upgrade --all',
    )
  })

  it('repeats the flags that chose the internal database, quoted for a shell', () => {
    const given = {
      internalDb: '/a b/internal.db',
      envFile: '/opt/m/.env',
      secretKeyFile: 'key',
      address: ['db=127.0.0.1:5433', 'other=::1'],
      journal: 'directory' as const,
    }
    expect(commandToRepeat('mathesarctl secret-key rotate', { given })).toBe(
      "mathesarctl secret-key rotate --internal-db '/a b/internal.db' --env-file /opt/m/.env " +
        '--secret-key-file key --address db=127.0.0.1:5433 --address other=::1 --journal directory',
    )
  })

  it.each([
    ['postgresql://u:p@h:5432/d', 'postgresql://u@h:5432/d'],
    ['postgres://u:p@x@h/d', 'postgres://u@h/d'],
    ['postgresql://u:a/b@h/d', 'postgresql://u@h/d'],
    ['postgresql://h/d?user=u&password=p', "'postgresql://h/d?user=u'"],
    ['postgresql://h/d?password=p&user=u', "'postgresql://h/d?user=u'"],
    ['postgresql://h:5432/d', 'postgresql://h:5432/d'],
  ])('repeats %s without its password', (internalDb, shown) => {
    expect(commandToRepeat('c', { given: { internalDb } })).toBe(`c --internal-db ${shown}`)
  })
})
