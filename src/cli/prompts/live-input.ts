import {
  createPrompt,
  isBackspaceKey,
  isEnterKey,
  makeTheme,
  useKeypress,
  usePrefix,
  useState,
} from '@inquirer/core'

export interface LiveInputConfig {
  message: string
  /** Taken when Enter is pressed on an empty line; shown in brackets. */
  default?: string
  /** Shown behind the message, dim: where the default comes from, for instance. */
  note?: string
  /** A sentence that says what is wrong with the value, or `null`; called at each key. */
  check: (value: string) => string | null
}

/** A line of input that says what is wrong with it while it is typed, and is taken only when nothing is. */
export const liveInput = createPrompt<string, LiveInputConfig>((config, done) => {
  const theme = makeTheme({})
  const [status, setStatus] = useState<'idle' | 'done'>('idle')
  const [value, setValue] = useState('')
  const [usesDefault, setUsesDefault] = useState(config.default !== undefined)
  const [wrong, setWrong] = useState<string | null>(null)
  const prefix = usePrefix({ status, theme })

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
      // readline has emptied its line at Enter; the text is put back to be corrected.
      readline.write(value)
      setWrong(reason)
      return
    }
    // Backspace on an empty line takes the default away, so that an empty value can be given where one is allowed.
    if (isBackspaceKey(key) && value === '') setUsesDefault(false)
    setValue(readline.line)
    setWrong(readline.line === '' ? null : config.check(readline.line))
  })

  const message = theme.style.message(config.message, status)
  if (status === 'done') return `${prefix} ${message} ${theme.style.answer(value)}`
  const shownDefault =
    usesDefault && value === '' ? ` ${theme.style.defaultAnswer(config.default ?? '')}` : ''
  const note = config.note && value === '' ? ` ${theme.style.help(config.note)}` : ''
  const bottom = wrong === null ? '' : theme.style.error(wrong)
  return [`${prefix} ${message}${shownDefault}${note} ${value}`, bottom]
})
