import { describe, expect, it } from 'vitest'
import type { AddRequest } from '../../src/databases/add/types.ts'
import { closeSessions, keepForNextRun, type UndoStep, undo } from '../../src/databases/add/undo.ts'
import { OperatorError } from '../../src/errors.ts'
import type { Session } from '../../src/postgres/types.ts'
import { UnknownOutcomeError } from '../../src/schema/errors.ts'
import type { HeldOperation } from '../../src/store/types.ts'

/**
 * Returns the steps of an add that installed into an existing database, and the calls that undoing them
 * makes.
 */
function recordedSteps(): { steps: UndoStep[]; calls: string[] } {
  const calls: string[] = []
  const call = (name: string) => async () => {
    calls.push(name)
  }
  const session = { close: call('close') } as Pick<Session, 'close'> as Session
  const operation = { abandon: call('abandon'), release: call('release') } as Pick<
    HeldOperation,
    'abandon' | 'release'
  > as HeldOperation
  const steps: UndoStep[] = [
    { kind: 'close session', session },
    { kind: 'end operation', operation },
  ]
  return { steps, calls }
}

const request = { input: {}, options: {} } as AddRequest

describe('undoing an add', () => {
  it('undoes the last step first, and returns the error', async () => {
    const { steps, calls } = recordedSteps()
    const error = new OperatorError('LOCKED', 'It is locked.', 'Wait.')
    expect(await undo(steps, request, error)).toBe(error)
    expect(calls).toEqual(['abandon', 'close'])
  })

  it('keeps the journal entry when the outcome of COMMIT is unknown', async () => {
    const { steps, calls } = recordedSteps()
    const error = new UnknownOutcomeError('CONNECTION_FAILED', 'It was lost.', 'Run it again.')
    expect(await undo(steps, request, error)).toBe(error)
    expect(calls).toEqual(['release'])
  })

  it('keeps the journal entry once the user database is done', async () => {
    const { steps, calls } = recordedSteps()
    await keepForNextRun(steps)
    expect(calls).toEqual(['release'])
  })

  it('closes the sessions however the add ended', async () => {
    const { steps, calls } = recordedSteps()
    await closeSessions(steps)
    expect(calls).toEqual(['close'])
  })
})
