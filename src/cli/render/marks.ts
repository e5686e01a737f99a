import type { ChalkInstance } from 'chalk'

/** The marks beyond letters that the program draws. */
export interface Marks {
  /** Something succeeded. */
  readonly tick: string
  /** Something failed. */
  readonly cross: string
  /** Where text was cut. */
  readonly cut: string
  /** The chosen line of a list. */
  readonly pointer: string
  /** Between two keys and their meaning. */
  readonly separator: string
}

const UNICODE: Marks = { tick: '✔', cross: '✘', cut: '…', pointer: '❯', separator: ' • ' }
const ASCII: Marks = { tick: '*', cross: 'x', cut: '...', pointer: '>', separator: ', ' }

/**
 * Returns whether the terminal moves its cursor: not where TERM is `dumb` or unset, as in a shell window of
 * an editor.
 */
export function hasCursor(env: NodeJS.ProcessEnv): boolean {
  return env.TERM !== undefined && env.TERM !== '' && env.TERM !== 'dumb'
}

/**
 * Returns whether marks beyond ASCII are shown: in a locale of UTF-8 (POSIX: LC_ALL before LC_CTYPE before
 * LANG), and not on a dumb terminal.
 */
export function hasUnicode(env: NodeJS.ProcessEnv): boolean {
  return env.TERM !== 'dumb' && /utf-?8/i.test(env.LC_ALL || env.LC_CTYPE || env.LANG || '')
}

/** Returns the marks that the terminal can show. */
export function marksOf(env: NodeJS.ProcessEnv): Marks {
  return hasUnicode(env) ? UNICODE : ASCII
}

/** Returns the mark of a step that succeeded: the one that prompts draw before a question with its answer. */
export function tick(terminal: { style: ChalkInstance; hasUnicode: boolean }): string {
  return terminal.style.green((terminal.hasUnicode ? UNICODE : ASCII).tick)
}

/** Returns the mark of something that failed. */
export function cross(terminal: { style: ChalkInstance; hasUnicode: boolean }): string {
  return terminal.style.red((terminal.hasUnicode ? UNICODE : ASCII).cross)
}
