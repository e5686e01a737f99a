import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { chooseReader, readEnvText } from '../../../src/secrets/readers/choose.ts'
import { readLikeCompose } from '../../../src/secrets/readers/compose.ts'
import { readLikeDecouple } from '../../../src/secrets/readers/decouple.ts'
import { readLikeLauncher } from '../../../src/secrets/readers/launcher.ts'
import { readLikeShell } from '../../../src/secrets/readers/shell.ts'
import { readLikeSystemd } from '../../../src/secrets/readers/systemd.ts'

const directory = mkdtempSync(join(tmpdir(), 'mathesarctl-readers-'))
afterAll(() => rmSync(directory, { recursive: true }))

/** Values as they stand behind the equals sign, each with something that programs read differently. */
const VALUES = [
  'plain',
  '  one   two  ',
  `'in  single'`,
  `"in  double"`,
  `'x'y`,
  `"a" b`,
  'a\\b',
  `'a\\b'`,
  `"a\\b"`,
  `"a\\"b"`,
  'x#y',
  'x #y',
  `"x" # y`,
  `'x' # y`,
  'a"b"c',
  "a'b'c",
  `''`,
  '""',
  '',
  `'!@#%^&*(-_=+)'`,
  `"it's"`,
  '\ta\tb\t',
  'a=b==',
  'ключ',
  '\u00A0x\u00A0',
  'a\\ b',
  `"a" "b"`,
  `'a'"b"c`,
  '~/x',
]

describe('an .env file as python-decouple reads it', () => {
  it.each<[string, string, Record<string, string>]>([
    ['trims lines, names and values', '  A = one two  \r\n\tB=2\t', { A: 'one two', B: '2' }],
    ['keeps a no-break space', 'A=\u00A0x\u00A0', { A: '\u00A0x\u00A0' }],
    ['skips blank lines, comments and lines without =', '\n# A=1\n   #B=2\nC\nD=4', { D: '4' }],
    ['splits at the first =', 'SECRET_KEY=a=b==', { SECRET_KEY: 'a=b==' }],
    ['strips double quotes', 'A="a b"', { A: 'a b' }],
    ['strips single quotes', "A='a b'", { A: 'a b' }],
    ['strips all quotes at both ends', `A="'x'"`, { A: 'x' }],
    ['leaves quotes that do not match', `A="x'\nB=x"`, { A: `"x'`, B: 'x"' }],
    ['leaves a quote alone', `A="`, { A: '"' }],
    ['takes an empty value', 'A=\nB=""', { A: '', B: '' }],
    ['keeps what looks like a comment after a value', 'A=x # y', { A: 'x # y' }],
    ['expands and evaluates nothing', 'A=$HOME`id`$(id)\\n', { A: '$HOME`id`$(id)\\n' }],
    ['takes export before a name', 'export A=1\nexport\tB=2', { A: '1', B: '2' }],
    ['lets the last of several values count', 'A=1\nA=2', { A: '2' }],
    ['reads the keys of Django', `SECRET_KEY='!@#$%^&*(-_=+)'`, { SECRET_KEY: '!@#$%^&*(-_=+)' }],
    ['keeps a value that is named like a property', '__proto__=1', Object.fromEntries([['__proto__', '1']])],
  ])('%s', (_name, text, expected) => {
    expect(readLikeDecouple(text)).toEqual(expected)
  })
})

describe('an .env file as the launcher reads it', () => {
  it.each(VALUES.map((value) => [value]))('gives %j the value that xargs prints', (value) => {
    const { status, stdout } = spawnSync('xargs', { input: `A=${value}\n`, encoding: 'utf8' })
    const expected = status === 0 ? { A: stdout.replace(/\n+$/, '').slice('A='.length) } : {}
    expect(readLikeLauncher(`A=${value}\n`)).toEqual(expected)
  })

  it('leaves out comments, blank lines and lines with a lone quote', () => {
    expect(readLikeLauncher(`\n  # A=1\nB='\nC="x\n D=4\r\nexport E=5`)).toEqual({ D: '4', E: '5' })
  })
})

/** systemd's own parser of such files, which reads environment.d(5). */
const GENERATOR = '/usr/lib/systemd/user-environment-generators/30-systemd-environment-d-generator'

describe('an .env file as systemd reads it', () => {
  const systemd = (text: string): Record<string, string> => {
    const home = mkdtempSync(join(directory, 'home-'))
    mkdirSync(join(home, 'environment.d'))
    writeFileSync(join(home, 'environment.d/10-test.conf'), text)
    const printed = execFileSync(GENERATOR, { env: { HOME: home, XDG_CONFIG_HOME: home } }).toString()
    // It prints values in quotes, with escape sequences of C, where they need that.
    return Object.fromEntries(
      printed.split('\n').flatMap((line) => {
        const [, name, value = ''] = /^([AB])=(.*)$/.exec(line) ?? []
        const text = value.startsWith('"')
          ? value.slice(1, -1).replace(/\\(.)/g, (_all, one: string) => ({ n: '\n', t: '\t' })[one] ?? one)
          : value
        return name === undefined ? [] : [[name, text]]
      }),
    )
  }
  /** It leaves out variables without a value. */
  const values = VALUES.filter((value) => !['', '""', "''"].includes(value))

  it
    .runIf(existsSync(GENERATOR))
    .each([
      ...values.map((value) => [`A=${value}\nB=2\n`]),
      [' A = b \n'],
      ['# x \\\nA=1\nB=2\n'],
      ['; A=1\nB=2\n'],
      ['A=one \\\n  two\nB=2'],
      ['A="one \\\ntwo"\nB=2'],
      ['export A=1\nB=2'],
      ['A\nB=2'],
      ['A=1\nA=2'],
      ['A=x\\'],
    ])('reads %j as systemd does', (text) => {
    expect(readLikeSystemd(text)).toEqual(systemd(text))
  })

  it('reads quotes over several lines, and escapes in double quotes', () => {
    expect(readLikeSystemd(`A="x\ny"\nB='x\ny'\nC="\\"\\\\\\$\\a"\nD="open\nx`)).toEqual({
      A: 'x\ny',
      B: 'x\ny',
      C: '"\\$\\a',
      D: 'open\nx',
    })
  })
})

describe('an .env file as a shell reads it that sources it', () => {
  it.each(VALUES.map((value) => [value]))('gives %j the value that bash has, or none', (value) => {
    const script = `set -a; . "$0" 2>/dev/null; [ -z "\${A+x}" ] || printf '%s' "A=$A"`
    const path = join(directory, 'sourced.env')
    writeFileSync(path, `A=${value}\n`)
    const { stdout } = spawnSync('bash', ['-c', script, path], { encoding: 'utf8', env: {} })
    const read = readLikeShell(`A=${value}\n`)
    if ('A' in read) expect(stdout).toBe(`A=${read.A}`)
    else expect(/[~!]/.test(value) || stdout === '').toBe(true)
  })

  it.each(['$HOME', '`id`', '"$HOME"', 'a;b', 'a&b', '(x)', '*', '"x', "'x"])(
    'leaves out %s, which would have to be evaluated',
    (value) => {
      expect(readLikeShell(`A=${value}\nB=2`)).toEqual({ B: '2' })
    },
  )
})

describe('an .env file as Docker Compose reads it', () => {
  it.each<[string, Record<string, string>]>([
    ['A=x', { A: 'x' }],
    ['A="x"', { A: 'x' }],
    ["A='x'", { A: 'x' }],
    ['A=x # comment', { A: 'x' }],
    ['A=x# no comment', { A: 'x# no comment' }],
    ['A="x # no comment"', { A: 'x # no comment' }],
    ['A="x" # comment', { A: 'x' }],
    ['A=#', { A: '' }],
    [`A='$OTHER'`, { A: '$OTHER' }],
    [`A='\${OTHER}'`, { A: `\${OTHER}` }],
    [`A='Let\\'s go!'`, { A: `Let's go!` }],
    ['A="{\\"hello\\": \\"json\\"}"', { A: '{"hello": "json"}' }],
    ['A="some\\tvalue"', { A: 'some\tvalue' }],
    [`A='some\\tvalue'`, { A: 'some\\tvalue' }],
    ['A=some\\tvalue', { A: 'some\\tvalue' }],
    [`A=x\nB=\${A}y\nC="$A$A"`, { A: 'x', B: 'xy', C: 'xx' }],
    ['A=a$$b', { A: 'a$b' }],
    ['A="a\\$b"', { A: 'a$b' }],
    [`A=\${NONE:-default}`, { A: 'default' }],
    [`A=\${NONE:?missing}\nB=2`, { B: '2' }],
    ['A=pa$$word$', { A: 'pa$word$' }],
    ['A=x$y', { A: 'x' }],
    ['export A = x ', { A: 'x' }],
    ['A: x', { A: 'x' }],
    ['A="one\ntwo"\nB=2', { A: 'one\ntwo', B: '2' }],
    ['  # A=1\n\nB=2\r\nC=3\r\n', { B: '2', C: '3' }],
    ['A\nB=2', { B: '2' }],
    [`A="open\nB=2`, { B: '2' }],
  ])('reads %j', (text, expected) => {
    expect(readLikeCompose(text)).toEqual(expected)
  })
})

describe('which program reads an .env file', () => {
  const place = (...paths: string[]) => {
    const root = mkdtempSync(join(directory, 'place-'))
    for (const path of paths) {
      mkdirSync(join(root, path, '..'), { recursive: true })
      writeFileSync(join(root, path), '')
    }
    return join(root, '.env')
  }

  it('is shown by what is beside the file', () => {
    expect(chooseReader(place('docker-compose.yml'), [])).toBe('compose')
    expect(chooseReader(place('compose.yaml'), [])).toBe('compose')
    expect(chooseReader(place('bin/mathesar'), [])).toBe('launcher')
    expect(chooseReader(place('docker-compose.yml', 'mathesar-venv/x'), [])).toBe('decouple')
    expect(chooseReader(place('docker-compose.yml', 'mathesar-venv/x', 'bin/mathesar'), [])).toBe('launcher')
    expect(chooseReader('/etc/mathesar/mathesar.env', [])).toBe('systemd')
    expect(chooseReader(place('manage.py'), [])).toBe('decouple')
  })

  it('is systemd where a unit names the file', () => {
    const path = place()
    const units = mkdtempSync(join(directory, 'units-'))
    writeFileSync(join(units, 'gunicorn.service'), `[Service]\nEnvironmentFile=-${path}\n`)
    expect(chooseReader(path, [units])).toBe('systemd')
    expect(chooseReader(place(), [units])).toBe('decouple')
  })

  it('does not matter where all programs read the same', () => {
    const text = `SECRET_KEY='!@#%^&*(-_=+)'\nPOSTGRES_DB=mathesar\n`
    const { variables, isAmbiguous, others } = readEnvText(text, place('docker-compose.yml'))
    expect(variables).toEqual({ SECRET_KEY: '!@#%^&*(-_=+)', POSTGRES_DB: 'mathesar' })
    expect([isAmbiguous('SECRET_KEY'), others]).toEqual([false, []])
  })

  it('decides where they differ, and the other readings are kept', () => {
    const text = 'SECRET_KEY=a\\b$c\nPOSTGRES_DB=mathesar\n'
    const read = (path: string) => readEnvText(text, path).variables.SECRET_KEY
    expect(read(place('docker-compose.yml'))).toBe('a\\b')
    expect(read(place('bin/mathesar'))).toBe('ab$c')
    expect(read(place())).toBe('a\\b$c')
    const { isAmbiguous, others, readAs } = readEnvText(text, place())
    expect([isAmbiguous('SECRET_KEY'), isAmbiguous('POSTGRES_DB')]).toEqual([true, false])
    expect(others.map(({ SECRET_KEY }) => SECRET_KEY).sort()).toEqual(['a\\b', 'ab$c'])
    expect(readAs).toBe('Mathesar 0.1.4 to 0.1.7 does')
  })
})
