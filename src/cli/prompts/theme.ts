import type { ChalkInstance } from 'chalk'
import { hasUnicode, marksOf } from '../render/marks.ts'

/** The names of keys where the terminal shows only ASCII. */
const KEY_NAMES: Readonly<Record<string, string>> = { '↑↓': 'up/down', '⏎': 'Enter' }

const SPINNER = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']
const ASCII_SPINNER = ['-', '\\', '|', '/']

/**
 * Returns the marks, the colors and the key help of all questions, with what the terminal can show. It sets
 * every color, because the prompts' own ones ignore --no-color.
 */
export function promptTheme(style: ChalkInstance, env: NodeJS.ProcessEnv = process.env) {
  const { tick, pointer, separator } = marksOf(env)
  const isAscii = !hasUnicode(env)
  const keyName = (key: string) => (isAscii ? (KEY_NAMES[key] ?? key) : key)
  return {
    prefix: { idle: style.blue('?'), done: style.green(tick) },
    icon: { cursor: pointer },
    spinner: {
      interval: 80,
      frames: (isAscii ? ASCII_SPINNER : SPINNER).map((frame) => style.yellow(frame)),
    },
    style: {
      answer: (text: string) => style.cyan(text),
      message: (text: string) => style.bold(text),
      error: (text: string) => style.red(`> ${text}`),
      defaultAnswer: (text: string) => style.dim(`(${text})`),
      help: (text: string) => style.dim(text),
      highlight: (text: string) => style.cyan(text),
      key: (text: string) => style.cyan.bold(`<${text}>`),
      disabled: (text: string) => style.dim(text),
      description: (text: string) => style.cyan(text),
      keysHelpTip: (keys: [key: string, action: string][]) =>
        keys
          .map(([key, action]) => `${style.bold(keyName(key))} ${style.dim(action)}`)
          .join(style.dim(separator)),
    },
  }
}
