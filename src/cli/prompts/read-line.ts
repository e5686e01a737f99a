import { interruptedError } from '../../errors.ts'

const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d
const CTRL_C = 0x03
const CTRL_D = 0x04
const CTRL_U = 0x15
const BACKSPACES = [0x08, 0x7f]

/** What was typed ahead of the next question. */
let typedAhead: Buffer = Buffer.alloc(0)

/**
 * Reads a line from the terminal, which itself shows and corrects what is typed. Errors: `ABORTED` at Ctrl-D;
 * the signal's reason when that is aborted.
 */
export function readLine(signal: AbortSignal): Promise<string> {
  return readInput(signal, (input) => {
    const end = input.indexOf(LINE_FEED)
    return end < 0 ? null : { line: input.subarray(0, end), rest: input.subarray(end + 1) }
  })
}

/**
 * Reads a line that the terminal does not show. Errors: `ABORTED` at Ctrl-C and Ctrl-D; the signal's reason
 * when that is aborted.
 */
export async function readHiddenLine(signal: AbortSignal): Promise<string> {
  process.stdin.setRawMode(true)
  try {
    return await readInput(signal, hiddenLine)
  } finally {
    process.stdin.setRawMode(false)
  }
}

interface Line {
  line: Buffer
  /** What follows it. */
  rest: Buffer
}

/** Applies the keys that the terminal would apply itself. Returns `null` before Enter. */
function hiddenLine(input: Buffer): Line | null {
  let typed = ''
  const decoded = input.toString('latin1')
  for (const [at, character] of [...decoded].entries()) {
    const code = character.charCodeAt(0)
    if (code === CTRL_C || code === CTRL_D) throw interrupted()
    if (code === LINE_FEED || code === CARRIAGE_RETURN) {
      return { line: Buffer.from(typed, 'latin1'), rest: input.subarray(at + 1) }
    }
    if (BACKSPACES.includes(code)) typed = typed.replace(/[\xc0-\xff]?[\x80-\xbf]*$|.$/s, '')
    else if (code === CTRL_U) typed = ''
    else typed += character
  }
  return null
}

function readInput(signal: AbortSignal, lineOf: (input: Buffer) => Line | null): Promise<string> {
  const { stdin } = process
  return new Promise((resolve, reject) => {
    const finish = () => {
      stdin.off('data', onData).off('end', onEnd)
      signal.removeEventListener('abort', onAbort)
      stdin.pause()
    }
    const fail = (error: unknown) => {
      finish()
      reject(error)
    }
    const onEnd = () => fail(interrupted())
    const onAbort = () => fail(signal.reason)
    const onData = (chunk: Buffer | string) => {
      try {
        typedAhead = Buffer.concat([typedAhead, Buffer.from(chunk)])
        const found = lineOf(typedAhead)
        if (found === null) return
        typedAhead = found.rest
        finish()
        resolve(found.line.toString())
      } catch (error) {
        typedAhead = Buffer.alloc(0)
        fail(error)
      }
    }
    if (signal.aborted) return onAbort()
    signal.addEventListener('abort', onAbort)
    stdin.on('data', onData).on('end', onEnd).resume()
    onData('')
  })
}

function interrupted(): Error {
  return interruptedError('Interrupted; nothing was changed.')
}
