import type { StoreParts } from '../../../src/store/parts.ts'
import type { OperationLock } from '../../../src/store/types.ts'

/** What a store does at a step that it must not survive. */
export interface CrashPoint {
  /** Counted from 1: the calls of methods that change something. */
  step: number
  /** Whether the change still happens. */
  when: 'before' | 'after'
}

/** The methods that change something, by part. */
const CHANGES = {
  records: ['insert', 'update', 'confirmVersion', 'delete'],
  journal: ['begin', 'markCommitting', 'rename', 'end', 'setSchema'],
  locks: ['acquire'],
} as const

/**
 * Parts that crash at a point: `crash` is called, and after it nothing has an effect any more, whatever the
 * rest of the program would still do to clean up.
 */
export function crashingParts(parts: StoreParts, point: CrashPoint, crash: () => void) {
  let steps = 0
  let isDead = false
  /** The locks that the operating system would release with the process. */
  const locks = new Set<OperationLock>()
  const die = (): never => {
    isDead = true
    crash()
    throw new Error('crashed')
  }
  const guard = async <T>(change: () => Promise<T>): Promise<T> => {
    if (isDead) throw new Error('crashed')
    const isPoint = ++steps === point.step
    if (isPoint && point.when === 'before') die()
    const result = await change()
    if (isPoint) die()
    return result
  }
  const guarded = <P extends object>(part: P, names: readonly string[]): P =>
    new Proxy(part, {
      get(target, name, receiver) {
        const method = Reflect.get(target, name, receiver)
        if (typeof method !== 'function' || typeof name !== 'string' || !names.includes(name)) return method
        return (...values: unknown[]) => guard(() => method.apply(target, values))
      },
    })
  const lockOf = (lock: OperationLock): OperationLock => ({
    release: () => guard(() => lock.release()),
    remove: () => guard(() => lock.remove()),
  })
  const acquire = async (id: string) => {
    const lock = await guard(async () => {
      const acquired = await parts.locks.acquire(id)
      if (acquired) locks.add(acquired)
      return acquired
    })
    return lock && lockOf(lock)
  }
  return {
    parts: {
      ...parts,
      records: guarded(parts.records, CHANGES.records),
      journal: guarded(parts.journal, CHANGES.journal),
      locks: { ...parts.locks, acquire },
    } satisfies StoreParts,
    /** How many steps there were. */
    steps: () => steps,
    /** What the operating system does when the process is gone. */
    async bury() {
      for (const lock of locks) await lock.release()
    },
  }
}
