import { styleText } from 'node:util'
import { hasUnicode, marksOf } from '../render/marks.ts'

/** The names of keys where the terminal shows only ASCII. */
const KEY_NAMES: Readonly<Record<string, string>> = { '↑↓': 'up/down', '⏎': 'Enter' }

const ASCII_SPINNER = { interval: 80, frames: ['-', '\\', '|', '/'] }

/** Returns the marks and the key help of all questions, with what the terminal can show. */
export function promptTheme(env: NodeJS.ProcessEnv = process.env) {
  const { tick, pointer, separator } = marksOf(env)
  const isAscii = !hasUnicode(env)
  const keyName = (key: string) => (isAscii ? (KEY_NAMES[key] ?? key) : key)
  return {
    prefix: { idle: styleText('blue', '?'), done: styleText('green', tick) },
    icon: { cursor: pointer },
    style: {
      defaultAnswer: (text: string) => styleText('dim', `(${text})`),
      keysHelpTip: (keys: [key: string, action: string][]) =>
        keys
          .map(([key, action]) => `${styleText('bold', keyName(key))} ${styleText('dim', action)}`)
          .join(styleText('dim', separator)),
    },
    ...(isAscii ? { spinner: ASCII_SPINNER } : {}),
  }
}
