import type { ChalkInstance } from 'chalk'
import { interruptedError } from '../../errors.ts'

/** What a prompt needs besides its settings. Questions go to stderr, so that stdout has the result alone. */
export interface PromptContext {
  output: NodeJS.WriteStream
  /** Read when the prompt ends: whether it erases itself. */
  readonly clearPromptOnDone: boolean
  signal: AbortSignal
}

/** What all questions of a run share. */
export interface AskContext {
  signal: AbortSignal
  style: ChalkInstance
}

/**
 * Asks a question. Ctrl-C and Ctrl-D end the run cleanly (exit status 130), restore the terminal's echo, and
 * leave of the prompt only its question: the list of keys below it, for instance, is erased.
 *
 * At Ctrl-D readline closes. The prompts do not notice that and would wait for ever. Closing pauses the
 * input, and so does the ordinary end of a prompt; a prompt that has not ended a moment after the pause never
 * will.
 *
 * Errors: `ABORTED`; the reason of the signal if that is aborted.
 */
export async function askInterruptibly<T>(
  { signal, style }: AskContext,
  message: string,
  ask: (context: PromptContext) => Promise<T>,
): Promise<T> {
  const closed = new AbortController()
  const ends = AbortSignal.any([signal, closed.signal])
  let isCanceled = false
  const onPause = () => setTimeout(() => closed.abort(), 50)
  // Readline reports Ctrl-C to the prompt, which then ends before this function hears of it.
  const onKey = (_text: unknown, key: { ctrl?: boolean; name?: string } | undefined) => {
    isCanceled ||= key?.ctrl === true && key.name === 'c'
  }
  process.stdin.on('pause', onPause)
  process.stdin.prependListener('keypress', onKey)
  try {
    return await ask({
      output: process.stderr,
      signal: ends,
      get clearPromptOnDone() {
        return isCanceled || ends.aborted
      },
    })
  } catch (error) {
    if (isCanceled || ends.aborted) process.stderr.write(`${style.blue('?')} ${message}\n`)
    if (signal.aborted) throw signal.reason
    if (
      error instanceof Error &&
      ['ExitPromptError', 'AbortPromptError', 'CancelPromptError'].includes(error.name)
    ) {
      throw interruptedError('Interrupted; nothing was changed.')
    }
    throw error
  } finally {
    process.stdin.off('pause', onPause)
    process.stdin.off('keypress', onKey)
  }
}
