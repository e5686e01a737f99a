import { Chalk } from 'chalk'
import { describe, expect, it } from 'vitest'
import { askMissing } from '../../src/cli/commands/db/add/ask.ts'
import type { AddDraft } from '../../src/cli/commands/db/add/draft.ts'
import { readAddOptions, requireName } from '../../src/cli/commands/db/add/flags.ts'
import { type CorrectContext, correct } from '../../src/cli/commands/db/add/retry.ts'
import type { GivenConnection } from '../../src/cli/flags/given-connection.ts'
import {
  correctionsOf,
  isCorrectable,
  isDatabaseMissing,
  likelyCorrection,
  type Problem,
} from '../../src/cli/prompts/correction.ts'
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
    search: async (message, choices) => {
      const answer = next(message)
      const [first, ...others] = choices
      if (first === undefined) throw new Error(`No choices for: ${message}`)
      return (others.find(({ name }) => name === answer) ?? first).value
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
  tls: {},
  addresses: new Map(),
  passwordSource: null,
  passfile: null,
}

/** What the dialogue works with where nothing is stored and the server has no other database. */
function context(prompts: Prompts): CorrectContext {
  return {
    prompts,
    reporter,
    env: {},
    storedNames: [],
    capabilities: { hasServers: false, hasNicknames: true },
    servers: [],
    find: async () => null,
    createDatabase: false,
    existingSchema: null,
    readAlternatives: async () => ({ others: [], mayCreate: true }),
  }
}

const draft: AddDraft = {
  name: 'library',
  connection,
  given: null,
  users: [],
  createDatabase: false,
  registerOnly: false,
  existingSchema: 'adopt',
  source: null,
}

describe('the flags of db add', () => {
  it('the flags of db add fill its options', () => {
    expect(readAddOptions(undefined, { host: 'db', lockTimeout: 2000 })).toEqual({
      name: undefined,
      connection: { host: 'db' },
      createDatabase: false,
      registerOnly: false,
      source: {},
      users: [],
      existingSchema: null,
      lockTimeoutMs: 2000,
      dryRun: false,
    })
  })

  it.each([
    ['schema-source', { schemaSource: '/opt/mathesar' }],
    ['release', { release: '0.11.0' }],
  ])('refuses --register-only with --%s', (field, flags) => {
    expect(() => readAddOptions('library', { registerOnly: true, ...flags })).toThrow(
      expect.objectContaining({ code: 'USAGE', details: expect.objectContaining({ field }) }),
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
      ...context(prompts),
    })
    expect(questions).toEqual([
      'Unique name',
      'Port',
      'Database name',
      'Role (PostgreSQL user)',
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
  const problem = (error: OperatorError | null, others: readonly string[] = []): Problem => ({
    error,
    isDatabaseMissing: isDatabaseMissing(error),
    database: 'librayr',
    user: 'me',
    port: 5432,
    others,
    mayCreate: true,
    nameLabel: 'Unique name',
    canRemovePassword: false,
    hasSummary: true,
    canCreate: true,
  })

  it.each([
    [5432, 'host'],
    [5433, 'port'],
  ])('a refused connection to port %i suggests the %s', (port, field) => {
    const error = failure('CONNECTION_FAILED', { data: { reason: 'refused' } })
    expect(likelyCorrection({ ...problem(error), port })).toBe(field)
  })

  it.each([
    ['NAME_TAKEN', {}, 'name'],
    ['CONNECTION_FAILED', {}, 'host'],
    ['CONNECTION_FAILED', { field: 'port' }, 'port'],
    ['AUTHENTICATION_FAILED', {}, 'password'],
    ['DATABASE_DOES_NOT_EXIST', { field: 'database' }, 'database'],
    ['CONNECTION_FAILED', { data: { reason: 'disk full' } }, 'again'],
    ['LOCKED', {}, 'again'],
  ] as const)('Enter chooses the likely correction of %s %j', (code, details, correction) => {
    expect(likelyCorrection(problem(failure(code, details)))).toBe(correction)
  })

  it('Enter uses a similar database of the server, and no other one', () => {
    const error = failure('DATABASE_DOES_NOT_EXIST', { field: 'database' })
    expect(likelyCorrection(problem(error, ['library', 'postgres']))).toEqual({ database: 'library' })
    expect(likelyCorrection(problem(error, ['postgres']))).toBe('database')
  })

  it('a missing database is offered to be created after all other corrections', () => {
    const error = failure('DATABASE_DOES_NOT_EXIST', { field: 'database' })
    const values = correctionsOf(problem(error, ['a', 'b', 'c', 'd', 'e'])).map(({ value }) => value)
    expect(values.slice(0, 5)).toEqual([
      ...['a', 'b', 'c', 'd'].map((database) => ({ database })),
      'database',
    ])
    expect(values.slice(-2)).toEqual(['create', 'give up'])
    expect(values.filter((value) => value === 'database')).toHaveLength(1)
  })

  it('a dialogue that can create nothing does not offer it', () => {
    const error = failure('DATABASE_DOES_NOT_EXIST')
    const choices = correctionsOf({ ...problem(error), canCreate: false, nameLabel: null })
    expect(choices.map(({ value }) => value)).not.toContain('create')
    expect(choices.map(({ value }) => value)).not.toContain('name')
  })

  it.each([false, null])('a role that may not create databases (%s) is not offered to', (mayCreate) => {
    const error = failure('DATABASE_DOES_NOT_EXIST')
    const choices = correctionsOf({ ...problem(error), mayCreate })
    expect(choices.map(({ value }) => value)).not.toContain('create')
  })

  it('Enter leaves after a plan that the operator does not want, and there is nothing to try again', () => {
    expect(likelyCorrection(problem(null))).toBe('give up')
    expect(correctionsOf(problem(null)).map(({ value }) => value)).not.toContain('again')
  })

  it('Enter leaves after a conflict about schemas, and another database can be chosen', () => {
    const conflict = failure('SCHEMA_CONFLICT')
    expect(isCorrectable(conflict)).toBe(true)
    expect(likelyCorrection(problem(conflict))).toBe('give up')
    const values = correctionsOf(problem(conflict)).map(({ value }) => value)
    expect(values).toContain('database')
    expect(values).not.toContain('replace')
  })

  it.each(['INTERNAL', 'SECRET_KEY_MISMATCH', 'ABORTED'] as const)('offers no correction for %s', (code) => {
    expect(isCorrectable(failure(code))).toBe(false)
    expect(isCorrectable(new Error('a fault'))).toBe(false)
  })

  it.each([
    [['again'], draft],
    [['create'], { ...draft, createDatabase: true }],
    [['name', 'archive'], { ...draft, name: 'archive' }],
    [['give up'], null],
  ] as const)('the answers %j lead to the next draft', async (answers, next) => {
    const { prompts } = scripted(answers)
    const complete = { ...connection.values, database: 'librayr', user: 'me' }
    const failed = { ...draft, connection: { ...connection, values: complete } }
    const corrected = await correct(failed, failure('DATABASE_DOES_NOT_EXIST'), context(prompts))
    expect(corrected).toEqual(next && { ...next, connection: failed.connection })
  })

  it('a corrected value replaces the failed one and keeps the others', async () => {
    const { prompts } = scripted(['host', 'db2.example.org'])
    const next = await correct(draft, usageError('It failed.', 'Try again.', 'host'), context(prompts))
    expect(next?.connection.values).toEqual({ host: 'db2.example.org', port: 5433 })
    expect(next?.connection.sources).toEqual({ host: 'prompt', port: 'environment' })
  })

  it('another name of the database takes back the consent to create it', async () => {
    const { prompts } = scripted(['database', 'library'])
    const creating = { ...draft, createDatabase: true }
    const next = await correct(creating, failure('INSUFFICIENT_PRIVILEGE'), context(prompts))
    expect(next).toMatchObject({ createDatabase: false, connection: { values: { database: 'library' } } })
  })
})

it.each(['host', 'port', 'database'] as const)(
  'a consent to create a database or to replace schemas ends with another value: %s',
  async (field) => {
    const { prompts } = scripted([field, '5433'])
    const consented: AddDraft = { ...draft, createDatabase: true, existingSchema: 'replace' }
    const next = await correct(consented, new OperatorError('CONNECTION_FAILED', 'x', 'y'), context(prompts))
    expect(next).toMatchObject({ createDatabase: false, existingSchema: null })
  },
)
