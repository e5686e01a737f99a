import { isInterruption } from '../errors.ts'

/** What an interruption left on a server. */
interface Remains {
  /** Such as `ghcr.io/owner/mathesarctl`. */
  readonly target: string
  /** One or more sentences on what may be there. */
  readonly report: string
}

/**
 * Runs an upload. If the operator interrupts it, the error states what may be on the server, since nothing
 * removes it.
 *
 * Errors: those of `upload`; `ABORTED`.
 *
 * @param remains returns what an interruption at this moment leaves
 */
export async function withRemains<Result>(
  signal: AbortSignal | undefined,
  remains: () => Remains,
  upload: () => Promise<Result>,
): Promise<Result> {
  try {
    return await upload()
  } catch (error) {
    const reason: unknown = signal?.aborted ? signal.reason : null
    if (!isInterruption(reason)) throw error
    const { target, report } = remains()
    throw reason.with({
      // A terminal shows no hint for an interruption.
      message: `Interrupted during the upload to ${target}. ${report} Run the same command again to finish.`,
      hint: 'Run the same command again: what was uploaded stays.',
    })
  }
}
