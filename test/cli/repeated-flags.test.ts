import { describe, expect, it } from 'vitest'
import { commandToRepeat, hintToRepeat } from '../../src/cli/settings/repeated-flags.ts'

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

describe('a hint of a run whose flags chose the internal database', () => {
  const given = { envFile: '/opt/m/.env' }

  it.each([
    ['To list all, run:\n  mathesarctl schema dependents s2', ' --env-file /opt/m/.env'],
    ['Or:\n  mathesarctl db upgrade s2 --existing-schema replace', ' --env-file /opt/m/.env'],
    ['No database is stored yet. Add one with: mathesarctl db add', ' --env-file /opt/m/.env'],
  ])('names commands that work on the same one: %s', (hint, added) => {
    expect(hintToRepeat(hint, given)).toBe(`${hint}${added}`)
    expect(hintToRepeat(hintToRepeat(hint, given), given)).toBe(`${hint}${added}`)
    expect(hintToRepeat(hint, {})).toBe(hint)
  })

  it('names them within a sentence too', () => {
    expect(hintToRepeat('Run "mathesarctl db list" to see the names.', given)).toBe(
      'Run "mathesarctl db list --env-file /opt/m/.env" to see the names.',
    )
  })

  it.each([
    'Run:\n  mathesarctl db list --internal-db /elsewhere',
    'Run:\n  mathesarctl schema status --dsn postgresql://host/db',
    'Run:\n  sudo -u postgres psql -c "SELECT 1"',
    'Without --remove-schema, "mathesarctl db remove" removes only the record.',
  ])('leaves all else as it is: %s', (hint) => {
    expect(hintToRepeat(hint, given)).toBe(hint)
  })
})
