import { describe, expect, it, vi } from 'vitest'
import { OperatorError } from '../src/errors.ts'
import { ConnectionError, connectionReason } from '../src/postgres/errors.ts'
import { ExplainedError, UnknownOutcomeError } from '../src/schema/errors.ts'

const lost = () =>
  new ConnectionError('CONNECTION_FAILED', 'The connection was lost.', 'Run the command again.', {
    sqlstate: '57P01',
    field: 'host',
    data: { reason: 'lost', addresses: ['::1'] },
    cause: new Error('reset'),
  })

describe('an error of the program', () => {
  it('an error of the program is an instance of its own class and of OperatorError, and of no other class', () => {
    expect(lost()).toBeInstanceOf(OperatorError)
    expect(lost()).toBeInstanceOf(ConnectionError)
    expect(lost()).not.toBeInstanceOf(UnknownOutcomeError)
    expect(new OperatorError('LOCKED', 'It is locked.', 'Wait.')).not.toBeInstanceOf(ConnectionError)
    expect(new Error('fault')).not.toBeInstanceOf(OperatorError)
    expect({ ...lost(), name: 'OperatorError' }).not.toBeInstanceOf(OperatorError)
  })

  it('an error of the program is an instance of the same class of another bundle', async () => {
    const own = {
      explained: new ExplainedError('DEPENDENTS_EXIST', 'A view is in the way.', 'Drop it.'),
      lost: lost(),
    }
    vi.resetModules()
    const errors = await import('../src/errors.ts')
    const schema = await import('../src/schema/errors.ts')
    const postgres = await import('../src/postgres/errors.ts')
    expect(errors.OperatorError).not.toBe(OperatorError)
    expect(own.explained).toBeInstanceOf(errors.OperatorError)
    expect(own.explained).toBeInstanceOf(schema.ExplainedError)
    expect(own.explained).not.toBeInstanceOf(schema.UnknownOutcomeError)
    expect(postgres.connectionReason(own.lost)).toBe('lost')
  })

  it('keeps its class, its facts and its exit status in other words', () => {
    const error = lost().with({ hint: 'Wait.', data: { host: 'db' }, exitCode: 130 })
    expect(error).toBeInstanceOf(ConnectionError)
    expect(connectionReason(error)).toBe('lost')
    expect(error).toMatchObject({
      code: 'CONNECTION_FAILED',
      message: 'The connection was lost.',
      hint: 'Wait.',
      exitCode: 130,
      cause: { message: 'reset' },
      details: {
        sqlstate: '57P01',
        field: 'host',
        data: { reason: 'lost', addresses: ['::1'], host: 'db' },
      },
    })
    expect(error.with({ message: 'Gone.' })).toMatchObject({ message: 'Gone.', hint: 'Wait.', exitCode: 130 })
  })
})
