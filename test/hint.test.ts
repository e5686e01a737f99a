import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Chalk } from 'chalk'
import { describe, expect, it } from 'vitest'
import { dialogueHint } from '../src/cli/prompts/dialogue-hint.ts'
import { errorText } from '../src/cli/render/error.ts'
import { asShown, OperatorError, usageError, withSentences } from '../src/errors.ts'
import { joinHints, toRun } from '../src/hint.ts'
import { repository } from './support/program.ts'

const GRANT = 'GRANT CREATE ON DATABASE "a database with a long name" TO "a role with a long name";'
const error = (hint: string) => new OperatorError('INSUFFICIENT_PRIVILEGE', 'The role may not.', hint)
const linesOf = (hint: string, width: number) =>
  errorText(error(hint), new Chalk({ level: 0 }), width)
    .split('\n')
    .slice(1)

describe('a hint with a statement', () => {
  it('shows the statement on a line of its own, unbroken', () => {
    expect(linesOf(toRun('Let the owner of the database run these:', GRANT, 'SELECT 1;'), 60)).toEqual([
      'hint: Let the owner of the database run these:',
      `    ${GRANT}`,
      '    SELECT 1;',
    ])
  })

  it('continues on a new line after the statement', () => {
    const hint = joinHints('', joinHints(toRun('Run:', GRANT), 'Then run the command again.'), 'It goes on.')
    expect(linesOf(hint, 60)).toEqual([
      'hint: Run:',
      `    ${GRANT}`,
      '  Then run the command again. It goes on.',
    ])
  })

  it('breaks only its sentences', () => {
    const lines = linesOf(
      toRun('Let the owner of the database, or a superuser of the server, run:', GRANT),
      40,
    )
    expect(lines.filter((line) => line.length > 40)).toEqual([`    ${GRANT}`])
    expect(lines).toHaveLength(3)
  })

  it('shows no line of a name as a line of its own at the margin', () => {
    expect(linesOf(toRun('Run:', 'GRANT "a\nerror: x" TO b;'), 60)).toEqual([
      'hint: Run:',
      '    GRANT "a',
      '  error: x" TO b;',
    ])
  })
})

describe('the hint of an error in a dialogue', () => {
  it.each([
    [
      'Use --sslmode require, or verify-full with --sslrootcert.',
      'Use TLS mode require, or verify-full with "Trusted authorities".',
    ],
    [
      'Pass the address as --host and the number as --port.',
      'Pass the address as host and the number as port.',
    ],
    [
      'Wait, or allow more time with --connect-timeout.',
      'Wait, or allow more time with --connect-timeout. The dialogue does not ask for --connect-timeout: to use it, give up, and add it to the command.',
    ],
    ['Start the container with --add-host=a:b.', 'Start the container with --add-host=a:b.'],
  ])('the dialogue replaces the flags of %j by its questions', (hint, shown) => {
    expect(dialogueHint(error(hint))).toBe(shown)
  })

  it('the dialogue asks for a missing password', () => {
    expect(
      dialogueHint(usageError('It asks for one.', 'Pass it with --password-stdin.', 'password')),
    ).toContain('type the password')
  })
})

it('an error that a dialogue has shown leaves only the sentences that were added since', () => {
  const shown = asShown(error('Ask somebody.'))
  expect(shown.details.sinceShown).toBe('')
  expect(withSentences(shown, '"x" stays.')).toMatchObject({
    hint: 'Ask somebody. "x" stays.',
    details: { sinceShown: '"x" stays.' },
  })
  expect(withSentences(error('Ask somebody.'), '"x" stays.').details.sinceShown).toBeUndefined()
})

it('the hints of the program put statements and commands on lines of their own', () => {
  const source = join(repository, 'src')
  const chained =
    /(?:: |\. |or )(?:GRANT|REVOKE|ALTER|CREATE|DROP|chmod|openssl|local \$|host \$)(?: \S+)+ ?[;`']/g
  const found = readdirSync(source, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !/^(?:build|schema\/dependents)\//.test(name))
    .flatMap((name) =>
      [...readFileSync(join(source, name), 'utf8').matchAll(chained)].map(([match]) => match),
    )
  expect(found).toEqual([])
})
