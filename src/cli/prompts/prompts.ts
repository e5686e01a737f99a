import { hasCursor } from '../render/marks.ts'
import type { Choice } from './choice.ts'
import type { LiveInputConfig } from './live-input.ts'

export type { Choice } from './choice.ts'

/**
 * Asks questions at the terminal. Every question rejects with `ABORTED` when the operator presses Ctrl-C or
 * Ctrl-D, and with the reason of the run's signal when that is aborted.
 */
export interface Prompts {
  text(config: LiveInputConfig): Promise<string>
  /** Shows a star for each character; an empty answer is returned as it is. */
  password(message: string): Promise<string>
  /** `preset` is the answer of Enter alone. */
  yesNo(message: string, isYesPreset: boolean): Promise<boolean>
  /** Like `yesNo` with `false`, with a third answer: to rehearse it first. */
  yesNoRehearse(message: string): Promise<boolean | 'rehearse'>
  choice<T>(message: string, choices: readonly Choice<T>[], preset: T): Promise<T>
  /** Like `choice` for a long list: what the operator types selects the choices whose name contains it. */
  search<T>(message: string, choices: readonly Choice<T>[]): Promise<T>
}

/**
 * Creates the prompts of a run. The code that draws them is loaded with the first question, for most runs ask
 * none.
 */
export function openPrompts(signal: AbortSignal): Prompts {
  const load = () => (hasCursor(process.env) ? import('./ask.ts') : import('./plain.ts'))
  return {
    text: async (config) => (await load()).askText(config, signal),
    password: async (message) => (await load()).askPassword(message, signal),
    yesNo: async (message, isYesPreset) => (await load()).askYesNo(message, isYesPreset, signal),
    yesNoRehearse: async (message) => {
      const [{ askText }, { rehearseAnswer, rehearseQuestion }] = await Promise.all([
        load(),
        import('./rehearse.ts'),
      ])
      return rehearseAnswer(await askText(rehearseQuestion(message), signal))
    },
    choice: async (message, choices, preset) => (await load()).askChoice(message, choices, preset, signal),
    search: async (message, choices) => (await load()).askSearch(message, choices, signal),
  }
}
