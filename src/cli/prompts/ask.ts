import { confirm, password, select } from '@inquirer/prompts'
import { interruptedError } from '../../errors.ts'
import { type LiveInputConfig, liveInput } from './live-input.ts'

/** Questions are for people: they go to stderr, so that stdout stays the result's. */
const context = { output: process.stderr, clearPromptOnDone: false }

/** Ctrl-C and Ctrl-D at a prompt end the run cleanly (exit status 130); the terminal's echo is restored by then. */
async function orInterrupted<T>(prompt: Promise<T>): Promise<T> {
  try {
    return await prompt
  } catch (error) {
    if (
      error instanceof Error &&
      ['ExitPromptError', 'AbortPromptError', 'CancelPromptError'].includes(error.name)
    ) {
      throw interruptedError('Interrupted; nothing was changed.')
    }
    throw error
  }
}

export interface AskOptions {
  /** Aborting it ends the question. */
  signal: AbortSignal
}

export function askText(config: LiveInputConfig, { signal }: AskOptions): Promise<string> {
  return orInterrupted(liveInput(config, { ...context, signal }))
}

/** A password, shown as stars. */
export function askPassword(message: string, { signal }: AskOptions): Promise<string> {
  return orInterrupted(password({ message, mask: '*' }, { ...context, signal }))
}

export function askYesNo(message: string, preset: boolean, { signal }: AskOptions): Promise<boolean> {
  return orInterrupted(confirm({ message, default: preset }, { ...context, signal }))
}

export function askChoice<T extends string>(
  message: string,
  choices: readonly { value: T; name: string; description?: string }[],
  preset: T,
  { signal }: AskOptions,
): Promise<T> {
  return orInterrupted(
    select<T>({ message, choices: [...choices], default: preset, pageSize: 12 }, { ...context, signal }),
  )
}
