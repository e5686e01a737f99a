import { interruptedError } from '../../errors.ts'
import { suspendCommand } from './suspend.ts'

const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d
const CTRL_C = 0x03
const CTRL_D = 0x04
const CTRL_U = 0x15
const CTRL_Z = 0x1a
const BACKSPACES = [0x08, 0x7f]

/** What was typed ahead of the next question. */
let typedAhead: Buffer = Buffer.alloc(0)

/**
 * Writes a question, and reads a line from the terminal, which itself shows and corrects what is typed.
 * Writes the question again when the program runs on after it was stopped. Errors: `ABORTED` at Ctrl-D; the
 * signal's reason when that is aborted.
 */
export async function readLine(question: string, signal: AbortSignal): Promise<string> {
  for (;;) {
    const line = await readInput(question, signal, (input) => {
      const end = input.indexOf(LINE_FEED)
      return end < 0 ? null : { line: input.subarray(0, end), rest: input.subarray(end + 1) }
    })
    if (typeof line === 'object') return line.text
  }
}

/**
 * Does the same for a line that the terminal does not show, from the moment that the question is shown.
 * Errors: `ABORTED` at Ctrl-C and Ctrl-D; the signal's reason when that is aborted.
 */
export async function readHiddenLine(question: string, signal: AbortSignal): Promise<string> {
  for (;;) {
    const line = await readInRawMode(question, signal)
    if (typeof line === 'object') return line.text
    if (line === 'suspended') await suspendCommand()
  }
}

async function readInRawMode(question: string, signal: AbortSignal): Promise<Reading> {
  try {
    return await readInput(question, signal, hiddenLine, () => process.stdin.setRawMode(true))
  } finally {
    process.stdin.setRawMode(false)
  }
}

/** A line; or Ctrl-Z was pressed before its end, or the stopped process runs on. */
type Reading = { text: string } | 'suspended' | 'continued'

interface Line {
  line: Buffer
  /** What follows it. */
  rest: Buffer
}

/** Ctrl-Z was pressed, and this follows it. */
interface Suspension {
  line: null
  rest: Buffer
}

/** Applies the keys that the terminal would apply itself. Returns `null` before Enter and Ctrl-Z. */
function hiddenLine(input: Buffer): Line | Suspension | null {
  let typed = ''
  const decoded = input.toString('latin1')
  for (const [at, character] of [...decoded].entries()) {
    const code = character.charCodeAt(0)
    if (code === CTRL_C || code === CTRL_D) throw interrupted()
    // A terminal forgets at Ctrl-Z what was typed, too.
    if (code === CTRL_Z) return { line: null, rest: input.subarray(at + 1) }
    if (code === LINE_FEED || code === CARRIAGE_RETURN) {
      return { line: Buffer.from(typed, 'latin1'), rest: input.subarray(at + 1) }
    }
    if (BACKSPACES.includes(code)) typed = typed.replace(/[\xc0-\xff]?[\x80-\xbf]*$|.$/s, '')
    else if (code === CTRL_U) typed = ''
    else typed += character
  }
  return null
}

/** The stopped process may run on at any moment after the question was written: `SIGCONT` is heard before. */
function readInput(
  question: string,
  signal: AbortSignal,
  lineOf: (input: Buffer) => Line | Suspension | null,
  prepareTerminal = () => {},
): Promise<Reading> {
  const { stdin } = process
  return new Promise((resolve, reject) => {
    const finish = () => {
      stdin.off('data', onData).off('end', onEnd)
      signal.removeEventListener('abort', onAbort)
      process.off('SIGCONT', onContinue)
      stdin.pause()
    }
    const fail = (error: unknown) => {
      finish()
      reject(error)
    }
    const onEnd = () => fail(interrupted())
    const onAbort = () => fail(signal.reason)
    const onContinue = () => {
      finish()
      resolve('continued')
    }
    const onData = (chunk: Buffer | string) => {
      try {
        typedAhead = Buffer.concat([typedAhead, Buffer.from(chunk)])
        const found = lineOf(typedAhead)
        if (found === null) return
        typedAhead = found.rest
        finish()
        resolve(found.line === null ? 'suspended' : { text: found.line.toString() })
      } catch (error) {
        typedAhead = Buffer.alloc(0)
        fail(error)
      }
    }
    if (signal.aborted) return onAbort()
    signal.addEventListener('abort', onAbort)
    process.on('SIGCONT', onContinue)
    prepareTerminal()
    process.stderr.write(question)
    stdin.on('data', onData).on('end', onEnd).resume()
    onData('')
  })
}

function interrupted(): Error {
  return interruptedError('Interrupted; nothing was changed.')
}
