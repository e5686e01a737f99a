import { Chalk } from 'chalk'
import { describe, expect, it } from 'vitest'
import { type AddDraft, askMissing } from '../../src/cli/commands/db/add/ask.ts'
import { readAddOptions, requireName } from '../../src/cli/commands/db/add/flags.ts'
import { correct, isCorrectable, likelyCorrection } from '../../src/cli/commands/db/add/retry.ts'
import type { GivenConnection } from '../../src/cli/flags/given-connection.ts'
import type { Prompts } from '../../src/cli/prompts/prompts.ts'
import type { Reporter } from '../../src/cli/terminal.ts'
import { OperatorError, usageError } from '../../src/errors.ts'

/** Prompts that answer from a list, and record their questions. */
function scripted(answers: readonly string[]): { prompts: Prompts; questions: string[] } {
  const questions: string[] = []
  const remainingAnswers = [...answers]
  const next = (message: string) => {
    questions.push(message)
    const answer = remainingAnswers.shift()
    if (answer === undefined) throw new Error(`No answer to: ${message}`)
    return answer
  }
  const prompts: Prompts = {
    text: async ({ message, default: preset }) => next(message) || (preset ?? ''),
    password: async (message) => next(message),
    yesNo: async (message) => next(message) === 'yes',
    yesNoRehearse: async (message) => next(message) === 'yes',
    choice: async (message, choices, preset) => {
      const answer = next(message)
      return choices.find(({ value }) => value === answer)?.value ?? preset
    },
  }
  return { prompts, questions }
}

const reporter: Reporter = {
  isVerbose: false,
  isAnimated: false,
  hasUnicode: false,
  style: new Chalk({ level: 0 }),
  info: () => {},
  explain: () => {},
  warn: () => {},
  trace: () => {},
}

const connection: GivenConnection = {
  values: { host: 'db.example.org', port: 5433 },
  sources: { host: 'flag', port: 'environment' },
  connectTimeoutMs: null,
  channelBinding: null,
  addresses: new Map(),
  passwordSource: null,
  passfile: null,
}

const draft: AddDraft = { name: 'library', connection, createDatabase: false, existingSchema: 'adopt' }

describe('the flags of db add', () => {
  it('the flags of db add fill its options', () => {
    expect(readAddOptions(undefined, { host: 'db', lockTimeout: 2000 })).toEqual({
      name: undefined,
      connection: { host: 'db' },
      createDatabase: false,
      existingSchema: null,
      lockTimeoutMs: 2000,
      dryRun: false,
    })
  })

  it('refuses a flag with a source that does not exist', () => {
    expect(() => readAddOptions('library', { schemaSource: 'nightly' })).toThrow(
      expect.objectContaining({
        code: 'USAGE',
        details: expect.objectContaining({ field: 'schema-source' }),
      }),
    )
  })

  it('the flags of db add need a name where nobody can be asked', () => {
    expect(() => requireName(readAddOptions(undefined, {}))).toThrow(
      expect.objectContaining({ code: 'USAGE' }),
    )
    expect(requireName(readAddOptions('library', {}))).toBe('library')
  })
})

describe('the questions of db add', () => {
  it('db add asks for every value that the command line does not set, in a fixed order', async () => {
    const { prompts, questions } = scripted(['library', '', 'books', 'librarian', 'secret', 'disable'])
    const answered = await askMissing(readAddOptions(undefined, {}), connection, {
      prompts,
      storedNames: [],
      env: {},
    })
    expect(questions).toEqual([
      'Unique name',
      'Port',
      'Database name',
      'Username (PostgreSQL role)',
      expect.stringContaining('Password'),
      'TLS mode (sslmode)',
    ])
    expect(answered).toMatchObject({
      name: 'library',
      connection: {
        values: {
          host: 'db.example.org',
          port: 5433,
          database: 'books',
          user: 'librarian',
          password: 'secret',
        },
        sources: { host: 'flag', port: 'prompt', database: 'prompt' },
      },
    })
    expect(connection.values).toEqual({ host: 'db.example.org', port: 5433 })
  })
})

describe('after a failed db add', () => {
  const failure = (code: OperatorError['code'], details: OperatorError['details'] = {}) =>
    new OperatorError(code, 'It failed.', 'Try again.', details)

  it.each([
    ['NAME_TAKEN', {}, 'name'],
    ['CONNECTION_FAILED', {}, 'host'],
    ['CONNECTION_FAILED', { field: 'port' }, 'port'],
    ['AUTHENTICATION_FAILED', {}, 'password'],
    ['DATABASE_DOES_NOT_EXIST', { field: 'database' }, 'create'],
    ['LOCKED', {}, 'again'],
  ] as const)('Enter chooses the likely correction of %s %j', (code, details, correction) => {
    expect(likelyCorrection(failure(code, details))).toBe(correction)
  })

  it.each(['INTERNAL', 'SECRET_KEY_MISMATCH', 'ABORTED', 'SCHEMA_CONFLICT'] as const)(
    'offers no correction for %s',
    (code) => {
      expect(isCorrectable(failure(code))).toBe(false)
      expect(isCorrectable(new Error('a fault'))).toBe(false)
    },
  )

  it.each([
    [['again'], draft],
    [['create'], { ...draft, createDatabase: true }],
    [['name', 'archive'], { ...draft, name: 'archive' }],
    [['give up'], null],
  ] as const)('the answers %j lead to the next draft', async (answers, next) => {
    const { prompts } = scripted(answers)
    const error = failure('DATABASE_DOES_NOT_EXIST')
    expect(await correct(draft, error, { prompts, reporter, storedNames: [], env: {} })).toEqual(next)
  })

  it('a corrected value replaces the failed one and keeps the others', async () => {
    const { prompts } = scripted(['host', 'db2.example.org'])
    const context = { prompts, reporter, storedNames: [], env: {} }
    const next = await correct(draft, usageError('It failed.', 'Try again.', 'host'), context)
    expect(next?.connection.values).toEqual({ host: 'db2.example.org', port: 5433 })
    expect(next?.connection.sources).toEqual({ host: 'prompt', port: 'environment' })
  })
})
