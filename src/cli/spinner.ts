import type { Ora } from 'ora'
import { marksOf } from './render/marks.ts'
import { printable } from './render/printable.ts'
import type { Terminal } from './terminal.ts'

/** One line at the bottom of the terminal that shows the current step. */
export interface SpinnerLine {
  /** Draws it where a spinner may be drawn, else nothing. */
  show: (text: string) => void
  /** Clears it, before anything else is written. */
  stop: () => void
  /** Writes a line above it. */
  line: (content: string) => void
}

export function spinnerLine(terminal: Terminal): SpinnerLine {
  let spinner: Ora | null = null
  let isLoading = false
  let createSpinner: ((text: string) => Ora) | null = null
  let text = ''

  const draw = () => {
    if (text === '' || createSpinner === null) return
    spinner ??= createSpinner('')
    spinner.text = fitLine(text)
    if (!spinner.isSpinning) spinner.start()
  }
  const show = (next: string) => {
    text = printable(next, false)
    if (!terminal.isAnimated) return
    draw()
    if (isLoading) return
    // Loaded only where something is drawn; whatever the text is by then is shown.
    isLoading = true
    void import('ora').then(({ default: ora }) => {
      const plain = terminal.style.level === 0 ? ({ color: false } as const) : {}
      const ascii = terminal.hasUnicode ? {} : ({ spinner: 'line' } as const)
      createSpinner = (first) =>
        ora({ text: first, stream: process.stderr, discardStdin: false, ...plain, ...ascii })
      draw()
    })
  }
  const stop = () => {
    text = ''
    spinner?.stop()
  }
  const line = (content: string) => {
    const resume = text
    stop()
    terminal.info(content)
    if (resume !== '') show(resume)
  }
  return { show, stop, line }
}

/** A spinner's text that wraps would be drawn again and again down the screen. */
function fitLine(text: string): string {
  const room = (process.stderr.columns ?? 80) - 4
  const { cut } = marksOf(process.env)
  return text.length > room ? `${text.slice(0, Math.max(0, room - cut.length))}${cut}` : text
}
