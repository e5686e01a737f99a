import { setImmediate as setImmediatePromise, setTimeout as setTimeoutPromise } from 'node:timers/promises'
import { stripVTControlCharacters } from 'node:util'
import { type IPty, spawn } from '@lydell/node-pty'
import xterm from '@xterm/headless'
import { checkJsonOnTerminal } from './json.ts'
import { cleanEnvironment, compileCache, programCommand } from './program.ts'

/** A program in a real pseudo-terminal, and the screen that a person would see. */
export interface TerminalRun {
  /** Types text. */
  type(text: string): void
  /**
   * Waits until the screen shows the text or matches the pattern, with all that is written at the same time;
   * if the time is over, fails with the screen.
   */
  see(expected: string | RegExp, timeoutMs?: number): Promise<void>
  /** Types an answer and Enter once the screen shows the question. */
  answer(question: string | RegExp, text: string): Promise<void>
  /** Returns the text of the screen, including the lines that have scrolled off it. */
  screen(): string
  /** Returns everything that the program wrote, with its escape sequences. */
  raw(): string
  /** Waits for the end and returns the exit status. */
  ended(timeoutMs?: number): Promise<{ status: number; signal: number }>
  process: IPty
  /** The emulated screen, with its colors. */
  emulator: xterm.Terminal
}

export const ENTER = '\r'
export const CTRL_C = '\x03'
export const CTRL_D = '\x04'
export const DOWN = '\x1b[B'
export const UP = '\x1b[A'

export interface TerminalOptions {
  home: string
  env?: Readonly<Record<string, string>>
  columns?: number
  rows?: number
  /** Another program to run. */
  file?: string
  /** TERM; the default is a terminal with colors and a cursor. */
  term?: string
}

/** After this time without output, in milliseconds, a screen is complete. */
const QUIET_MS = 10

/** How often such a time is waited for, since a program may write without a pause. */
const MAX_ROUNDS = 10

/** Starts the built program in a pseudo-terminal. */
export function startTerminal(args: readonly string[], options: TerminalOptions): TerminalRun {
  const columns = options.columns ?? 80
  const rows = options.rows ?? 40
  const emulator = new xterm.Terminal({ cols: columns, rows, scrollback: 2000, allowProposedApi: true })
  const [file, ...first] = options.file ? [options.file] : programCommand()
  const child = spawn(file, [...first, ...args], {
    name: options.term ?? 'xterm-256color',
    cols: columns,
    rows,
    cwd: options.home,
    env: cleanEnvironment(options.home, { ...compileCache(), ...options.env }),
  })
  let raw = ''
  let seenTo = 0
  let chunks = 0
  let settled: { status: number; signal: number } | null = null
  const watchers = new Set<() => void>()
  const wake = () => {
    for (const watcher of watchers) watcher()
  }
  child.onData((data) => {
    chunks++
    emulator.write(data, () => {
      raw += data
      wake()
    })
  })
  child.onExit(({ exitCode, signal }) => {
    settled = { status: exitCode, signal: signal ?? 0 }
    setTimeout(wake, 50)
  })

  const screen = () => {
    const buffer = emulator.buffer.active
    const lines: string[] = []
    for (let index = 0; index < buffer.length; index++) {
      lines.push(buffer.getLine(index)?.translateToString(true) ?? '')
    }
    return lines.join('\n').trimEnd()
  }
  const wait = <T>(look: () => T | null, timeoutMs: number, description: string): Promise<T> =>
    new Promise((resolve, reject) => {
      const finish = () => {
        clearTimeout(timer)
        watchers.delete(watch)
      }
      const timer = setTimeout(() => {
        finish()
        reject(new Error(`The terminal did not show ${description} in ${timeoutMs} ms. Screen:\n${screen()}`))
      }, timeoutMs)
      const watch = () => {
        const result = look()
        if (result === null) return
        finish()
        resolve(result)
      }
      watchers.add(watch)
      watch()
    })
  // Only output since the last match counts, since a question may look like an earlier one. This searches the
  // stream and not the screen, whose lines the program overwrites.
  const matchAfter = (expected: string | RegExp): number | null => {
    const text = stripVTControlCharacters(raw).slice(seenTo)
    const start = typeof expected === 'string' ? text.indexOf(expected) : text.search(expected)
    if (start < 0) return null
    const length = typeof expected === 'string' ? expected.length : (expected.exec(text)?.[0].length ?? 0)
    return seenTo + start + length
  }
  // What the program writes at once may arrive in several parts.
  const arrived = async () => {
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const before = chunks
      await setTimeoutPromise(QUIET_MS)
      // A late timer comes before what waits to be read.
      await setImmediatePromise()
      if (chunks === before) break
    }
    await new Promise<void>((resolve) => emulator.write('', resolve))
  }
  const see = async (expected: string | RegExp, timeoutMs = 20_000) => {
    seenTo = await wait(() => matchAfter(expected), timeoutMs, String(expected))
    await arrived()
  }
  return {
    process: child,
    emulator,
    type: (text) => child.write(text),
    see,
    answer: async (question, text) => {
      await see(question)
      child.write(`${text}${ENTER}`)
    },
    screen,
    raw: () => raw,
    ended: async (timeoutMs = 20_000) => {
      const end = await wait(() => settled, timeoutMs, 'its end')
      await arrived()
      checkJsonOnTerminal(args, stripVTControlCharacters(raw))
      return end
    },
  }
}
