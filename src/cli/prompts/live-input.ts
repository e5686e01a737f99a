import {
  createPrompt,
  isBackspaceKey,
  isEnterKey,
  makeTheme,
  useEffect,
  useKeypress,
  usePrefix,
  useState,
} from '@inquirer/core'
import type { ChalkInstance } from 'chalk'
import { printable } from '../render/printable.ts'
import { stderrWidth } from '../render/stderr-width.ts'
import { wrap } from '../render/wrap.ts'
import { fitQuestion } from './question.ts'
import { promptTheme } from './theme.ts'

export interface LiveInputConfig {
  message: string
  /** The answer of Enter on an empty line; shown after the message. */
  default?: string
  /** Shown dim after the message: the source of the default, for instance. */
  note?: string
  /** The answers to choose from, such as `y/N`, shown after the message until it is answered. */
  answers?: string
  /** Returns an answer as it is shown once it is given; by default as it was typed. */
  shownAnswer?: (value: string) => string
  /** Returns a sentence about what is wrong with the value, or `null`; called at each key. */
  check: (value: string) => string | null
  /** Returns what to know about a value that is accepted, or `null`; called at each key. */
  remark?: (value: string) => string | null
  /** Returns whether more keys can make a wrong value right, so that the message waits for Enter. */
  isUnfinished?: (value: string) => boolean
  /** Returns whether an answer ends the dialogue, and therefore gets no tick. */
  isRefusal?: (value: string) => boolean
}

/** The line of a question that is asked again begins with what was typed before. */
export interface TypedLine {
  typed: string
  /** Called with the line at each key. */
  onType: (line: string) => void
}

/**
 * A line of input that shows what is wrong with it while the operator types, and accepts only a valid value.
 */
export const liveInput = createPrompt<string, LiveInputConfig & TypedLine & { style: ChalkInstance }>(
  (config, done) => {
    const theme = makeTheme(promptTheme(config.style))
    const [status, setStatus] = useState<'idle' | 'done'>('idle')
    const [value, setValue] = useState('')
    const [usesDefault, setUsesDefault] = useState(config.default !== undefined)
    const [wrong, setWrong] = useState<string | null>(null)
    const isRefused = config.isRefusal?.(value) === true
    const prefix = usePrefix({ status: isRefused ? 'idle' : status, theme })

    const show = (line: string) => {
      setValue(line)
      const isPending = line === '' || config.isUnfinished?.(line) === true
      setWrong(isPending ? null : config.check(line))
    }

    useEffect((readline) => {
      readline.write(config.typed)
      show(config.typed)
    }, [])
    useKeypress((key, readline) => {
      if (status === 'done') return
      if (isEnterKey(key)) {
        const answer = value === '' && usesDefault ? (config.default ?? '') : value
        const reason = config.check(answer)
        if (reason === null) {
          setValue(answer)
          setStatus('done')
          done(answer)
          return
        }
        // readline has emptied its line at Enter; the text is restored to be corrected.
        readline.write(value)
        setWrong(reason)
        return
      }
      // Backspace on an empty line removes the default, so that an empty answer is possible where one is
      // allowed.
      if (isBackspaceKey(key) && value === '') setUsesDefault(false)
      config.onType(readline.line)
      show(readline.line)
    })

    const message = theme.style.message(fitQuestion(printable(config.message, false)), status)
    if (status === 'done') {
      const answer = printable(config.shownAnswer?.(value) ?? value, false)
      return wrap(`${prefix} ${message} ${theme.style.answer(answer)}`, stderrWidth(), '  ')
    }
    const shownDefault =
      usesDefault && value === ''
        ? ` ${theme.style.defaultAnswer(printable(config.default ?? '', false))}`
        : ''
    const answers = config.answers === undefined ? '' : ` ${theme.style.defaultAnswer(config.answers)}`
    const note = config.note && value === '' ? ` ${theme.style.help(printable(config.note, false))}` : ''
    const remark = wrong === null && value !== '' ? (config.remark?.(value) ?? null) : null
    const bottom =
      wrong !== null
        ? theme.style.error(printable(wrong, false))
        : remark === null
          ? ''
          : theme.style.help(printable(remark, false))
    const question = wrap(`${prefix} ${message}${answers}${shownDefault}${note}`, stderrWidth(), '  ')
    return [`${question} ${printable(value, false)}`, wrap(bottom, stderrWidth())]
  },
)
