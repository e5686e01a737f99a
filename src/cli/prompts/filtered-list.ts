import {
  createPrompt,
  isDownKey,
  isEnterKey,
  isTabKey,
  isUpKey,
  makeTheme,
  useEffect,
  useKeypress,
  usePagination,
  usePrefix,
  useState,
} from '@inquirer/core'
import type { ChalkInstance } from 'chalk'
import { printable } from '../render/printable.ts'
import type { Choice } from './choice.ts'
import type { TypedLine } from './live-input.ts'
import { promptTheme } from './theme.ts'

export interface FilteredListConfig extends TypedLine {
  message: string
  /** At least one; the names are in printable form. */
  choices: readonly Choice<unknown>[]
  pageSize: number
  style: ChalkInstance
}

/**
 * A list that shows the choices whose names contain what the operator types. Every key changes the list
 * before the next key is handled, so that Enter chooses what the screen shows, even if all keys come in one
 * burst. Returns the index of the choice. Enter does nothing while no choice matches.
 */
export const filteredList = createPrompt<number, FilteredListConfig>(({ choices, ...config }, done) => {
  const theme = makeTheme(promptTheme(config.style))
  const [status, setStatus] = useState<'idle' | 'done'>('idle')
  const [typed, setTyped] = useState('')
  const [active, setActive] = useState(0)
  const prefix = usePrefix({ status, theme })
  const matching = matchingChoices(choices, typed)
  const marked = matching[active]

  const filter = (text: string) => {
    config.onType(text)
    setTyped(text)
    setActive(exactMatch(matchingChoices(choices, text), text))
  }

  useEffect((readline) => {
    readline.write(config.typed)
    if (config.typed !== '') filter(config.typed)
  }, [])
  useKeypress((key, readline) => {
    if (status === 'done') return
    if (isEnterKey(key)) {
      if (marked !== undefined) {
        setStatus('done')
        done(choices.indexOf(marked))
        return
      }
      // readline has emptied its line at Enter; the text is restored to be corrected.
      readline.write(typed)
    } else if (isTabKey(key)) {
      // readline has added the tab to its line.
      readline.clearLine(0)
      const text = marked?.name ?? typed
      readline.write(text)
      filter(text)
    } else if (isUpKey(key) || isDownKey(key)) {
      // readline has replaced its line with one of its history.
      readline.clearLine(0)
      readline.write(typed)
      const next = active + (isUpKey(key) ? -1 : 1)
      if (next >= 0 && next < matching.length) setActive(next)
    } else if (readline.line !== typed) {
      filter(readline.line)
    }
  })

  const page = usePagination({
    items: matching,
    active: Math.max(0, Math.min(active, matching.length - 1)),
    renderItem: ({ item, isActive }) =>
      isActive ? theme.style.highlight(`${theme.icon.cursor} ${item.name}`) : `  ${item.name}`,
    pageSize: config.pageSize,
    loop: false,
  })
  const message = theme.style.message(config.message, status)
  if (status === 'done') return `${prefix} ${message} ${theme.style.answer(marked?.name ?? '')}`
  const text = printable(typed, false)
  const body = [
    matching.length === 0 ? theme.style.error(`No name contains "${text}".`) : page,
    ' ',
    ...(marked?.description ? [marked.description] : []),
    theme.style.keysHelpTip([
      ['↑↓', 'navigate'],
      ['⏎', 'select'],
    ]),
  ]
  return [`${prefix} ${message} ${text}`, body.join('\n')]
})

function matchingChoices(choices: readonly Choice<unknown>[], typed: string): Choice<unknown>[] {
  const wanted = normalized(typed)
  return choices.filter((choice) => formsOf(choice).some((form) => normalized(form).includes(wanted)))
}

/** Returns the index of the choice with exactly that name, or else of the first. */
function exactMatch(choices: readonly Choice<unknown>[], typed: string): number {
  const exact = choices.findIndex((choice) => formsOf(choice).includes(typed.trim()))
  const similar = choices.findIndex((choice) =>
    formsOf(choice).some((form) => normalized(form) === normalized(typed)),
  )
  return Math.max(0, exact < 0 ? similar : exact)
}

function formsOf({ name, otherName }: Choice<unknown>): string[] {
  return otherName === undefined ? [name] : [name, otherName]
}

/** Returns what texts have in common that a reader takes for the same. */
function normalized(text: string): string {
  return text.trim().toLowerCase().normalize('NFC')
}
