import { isDamaged } from '../../files/decode-text.ts'
import { hasCursor } from '../render/marks.ts'
import type { Choice } from './choice.ts'
import type { AskContext } from './interruptible.ts'
import type { LiveInputConfig } from './live-input.ts'
import { notUtf8 } from './not-utf8.ts'

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
export function openPrompts(context: AskContext): Prompts {
  const load = () => (hasCursor(process.env) ? import('./ask.ts') : import('./plain.ts'))
  return {
    text: async (config) => (await load()).askText(checkedText(config), context),
    password: async (message) => (await load()).askPassword(message, context),
    yesNo: async (message, isYesPreset) => (await load()).askYesNo(message, isYesPreset, context),
    yesNoRehearse: async (message) => {
      const [{ askText }, { rehearseAnswer, rehearseQuestion }] = await Promise.all([
        load(),
        import('./rehearse.ts'),
      ])
      return rehearseAnswer(await askText(rehearseQuestion(message), context))
    },
    choice: async (message, choices, preset) => (await load()).askChoice(message, choices, preset, context),
    search: async (message, choices) => (await load()).askSearch(message, choices, context),
  }
}

/** Refuses text with bytes that are not UTF-8 before any other check: it would be another text. */
function checkedText(config: LiveInputConfig): LiveInputConfig {
  return { ...config, check: (text) => (isDamaged(text) ? notUtf8('answer') : config.check(text)) }
}
