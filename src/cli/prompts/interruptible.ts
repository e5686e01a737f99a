import type { ChalkInstance } from 'chalk'
import { interruptedError } from '../../errors.ts'
import { suspendCommand } from './suspend.ts'

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

/** How long after a pause of the input its prompt ends, in milliseconds, if it ends at all. */
const END_MS = 50

/** Why a question has no answer yet: Ctrl-Z was pressed, or the stopped process runs on. */
type Break = 'suspended' | 'continued'

/**
 * Asks a question. Ctrl-C and Ctrl-D end the run cleanly (exit status 130), restore the terminal's echo, and
 * leave of the prompt only its question: the list of keys below it, for instance, is erased. Ctrl-Z stops the
 * program; `ask` is called again when it runs on, and also when another program stopped it, because the shell
 * has changed the modes of the terminal meanwhile.
 *
 * Errors: `ABORTED`; the reason of the signal if that is aborted.
 */
export async function askInterruptibly<T>(
  context: AskContext,
  message: string,
  ask: (context: PromptContext) => Promise<T>,
): Promise<T> {
  for (;;) {
    const answer = await askOnce(context, message, ask)
    if (typeof answer === 'object') return answer.given
    if (answer === 'suspended') await suspendCommand()
  }
}

/**
 * At Ctrl-D readline closes. The prompts do not notice that and would wait for ever. Closing pauses the
 * input, and so does the ordinary end of a prompt; a prompt that has not ended a moment after the pause never
 * will.
 */
async function askOnce<T>(
  { signal, style }: AskContext,
  message: string,
  ask: (context: PromptContext) => Promise<T>,
): Promise<{ given: T } | Break> {
  const closed = new AbortController()
  const broken = new AbortController()
  const ends = AbortSignal.any([signal, closed.signal, broken.signal])
  let isCanceled = false
  let pause: Break | null = null
  let closing: NodeJS.Timeout | undefined
  const stopAsking = (reason: Break) => {
    pause ??= reason
    broken.abort()
  }
  const onPause = () => {
    closing = setTimeout(() => closed.abort(), END_MS)
  }
  // Readline reports Ctrl-C to the prompt, which then ends before this function hears of it.
  const onKey = (_text: unknown, key: { ctrl?: boolean; name?: string | undefined } | undefined) => {
    if (key?.ctrl !== true) return
    isCanceled ||= key.name === 'c'
    if (key.name !== 'z') return
    // Readline would stop this process alone, and close the prompt when it runs on: it must not know the key.
    key.name = undefined
    stopAsking('suspended')
  }
  const onContinue = () => stopAsking('continued')
  // What the shell has written since stays on the screen.
  const isErased = () => pause !== 'continued' && (isCanceled || ends.aborted)
  process.stdin.on('pause', onPause)
  process.stdin.prependListener('keypress', onKey)
  process.on('SIGCONT', onContinue)
  try {
    const given = await ask({
      output: process.stderr,
      signal: ends,
      get clearPromptOnDone() {
        return isErased()
      },
    })
    return { given }
  } catch (error) {
    if (isErased()) process.stderr.write(`${style.blue('?')} ${message}\n`)
    if (signal.aborted) throw signal.reason
    if (!isEnd(error)) throw error
    if (pause !== null) return pause
    throw interruptedError('Interrupted; nothing was changed.')
  } finally {
    clearTimeout(closing)
    process.stdin.off('pause', onPause)
    process.stdin.off('keypress', onKey)
    process.off('SIGCONT', onContinue)
  }
}

/** Returns whether a prompt ended without an answer. */
function isEnd(error: unknown): boolean {
  return (
    error instanceof Error &&
    ['ExitPromptError', 'AbortPromptError', 'CancelPromptError'].includes(error.name)
  )
}
