import { setTimeout } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { watchAnswer } from '../../src/postgres/answer-limit.ts'
import type { Wire } from '../../src/postgres/wire.ts'

/** A wire on which nothing has arrived since now. */
function silentWire(): Pick<Wire, 'silentMs'> {
  const start = performance.now()
  return { silentMs: () => performance.now() - start }
}

it('expires once where the server stays silent', async () => {
  let expired = 0
  const end = watchAnswer({ limitMs: 100, wire: silentWire(), onExpire: () => expired++ })
  await setTimeout(500)
  end()
  expect(expired).toBe(1)
})

it('does not expire where this process was stopped, and the server had answered', async () => {
  let expired = 0
  const end = watchAnswer({ limitMs: 1000, wire: silentWire(), onExpire: () => expired++ })
  await setTimeout(300)
  // No timer fires meanwhile, as after SIGSTOP.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 3000)
  await setTimeout(300)
  end()
  await setTimeout(50)
  expect(expired).toBe(0)
})
