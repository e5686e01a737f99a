import type { ChalkInstance } from 'chalk'
import type { DocumentName, DocumentOf } from './json/index.ts'
import { keepForError } from './render/error-warnings.ts'
import { hintText } from './render/hint.ts'
import { hasCursor, hasUnicode } from './render/marks.ts'
import { jsonText, printableBlock, printableOutput } from './render/printable.ts'
import { stderrWidth } from './render/stderr-width.ts'
import type { wrap } from './render/wrap.ts'
import type { Globals } from './settings/globals.ts'
import { hintToRepeat } from './settings/repeated-flags.ts'

/** Writes for people, on stderr. */
export interface Reporter {
  /** `--verbose` */
  readonly isVerbose: boolean
  readonly style: ChalkInstance
  /** Whether a spinner may be drawn. */
  readonly isAnimated: boolean
  /** Whether the terminal's locale shows more than ASCII. */
  readonly hasUnicode: boolean
  /**
   * Writes a line, but not with --quiet or --json.
   *
   * @param options `isWhole`: the line is not broken to fit, such as a statement to copy
   */
  info(line?: string, options?: { isWhole?: boolean }): void
  /**
   * Writes a line that belongs to a question, with --quiet and --json too, for nobody should answer blindly.
   */
  explain(line?: string, options?: { isWhole?: boolean }): void
  /**
   * Writes a warning and what to do; with --json it goes into the document or beside it, and with --quiet
   * nowhere, unless the command fails because of it.
   */
  warn(message: string, hint?: string, options?: { isFailure?: boolean }): void
  /** Writes a line with --verbose. */
  trace(line: string): void
}

/** Writes the result of a command, on stdout. */
export interface ResultWriter {
  readonly isJson: boolean
  /** Columns of the terminal that stdout is, or `null` if it is none. */
  readonly columns: number | null
  readonly resultStyle: ChalkInstance
  /** Writes a result for people. */
  result(text: string): void
  /** Writes the one JSON document of a command; warnings beside a list are one JSON object on stderr. */
  document<Name extends DocumentName>(name: Name, value: DocumentOf<Name>): void
  /** Returns the warnings so far as a member of a JSON document; empty if there are none. */
  collected(): { warnings?: readonly string[] }
}

/** Everything that a command writes passes through this interface. */
export interface Terminal extends Reporter, ResultWriter {
  /** Whether questions may be asked. */
  readonly isInteractive: boolean
}

/** Begins what does not fit the line of its sentence, so that a new sentence is told from the rest of one. */
const INDENT = '  '

/**
 * Returns whether a stream has colors, by the rules of no-color.org and force-color.org; an explicit flag
 * wins.
 */
function hasColors(stream: NodeJS.WriteStream, globals: Globals, env: NodeJS.ProcessEnv): boolean {
  if (globals.noColor) return false
  if (env.NO_COLOR) return false
  if (env.FORCE_COLOR && env.FORCE_COLOR !== '0') return true
  return stream.isTTY === true && hasCursor(env)
}

/**
 * The module that measures text takes longer to load than Node to start: it is loaded only for lines
 * on a terminal.
 */
async function lineBreaker(width: number | null): Promise<typeof wrap> {
  if (width === null) return (text) => text
  return (await import('./render/wrap.ts')).wrap
}

/** Opens the process's terminal under the global settings. */
export async function openTerminal(globals: Globals, env: NodeJS.ProcessEnv): Promise<Terminal> {
  const { Chalk } = await import('chalk')
  const warnings: string[] = []
  const isSilent = globals.quiet || globals.json
  const style = new Chalk({ level: hasColors(process.stderr, globals, env) ? 1 : 0 })
  const resultStyle = new Chalk({ level: hasColors(process.stdout, globals, env) ? 1 : 0 })
  const columns = process.stdout.isTTY ? process.stdout.columns : null
  const breakLines = await lineBreaker(columns ?? stderrWidth())
  // Names are made printable where a sentence quotes them; this is the last barrier before the terminal.
  const write = (line: string, isWhole = false) => {
    const text = printableOutput(line, style.level > 0)
    process.stderr.write(`${isWhole ? text : breakLines(text, stderrWidth(), INDENT)}\n`)
  }
  return {
    isInteractive: process.stdin.isTTY === true && process.stderr.isTTY === true && !globals.noInput,
    isJson: globals.json,
    isVerbose: globals.verbose,
    columns,
    style,
    resultStyle,
    isAnimated: process.stderr.isTTY === true && !isSilent && hasCursor(env) && !env.CI,
    hasUnicode: hasUnicode(env),
    result: (text) => {
      process.stdout.write(`${breakLines(printableOutput(text, resultStyle.level > 0), columns, INDENT)}\n`)
    },
    document: (_name, value) => {
      // Indented for people; a program reads it faster without indentation.
      const whole = Array.isArray(value) || warnings.length === 0 ? value : { ...value, warnings }
      process.stdout.write(`${jsonText(whole, process.stdout.isTTY ? 2 : 0)}\n`)
      // A list has no member for warnings.
      if (Array.isArray(value) && warnings.length > 0) process.stderr.write(`${jsonText({ warnings })}\n`)
    },
    info: (line = '', { isWhole = false } = {}) => {
      if (!isSilent) write(line, isWhole)
    },
    explain: (line = '', { isWhole = false } = {}) => {
      write(line, isWhole)
    },
    warn: (message, hint, { isFailure = false } = {}) => {
      const whole = hint ? `${message} ${hintToRepeat(hint)}` : message
      // Each connection of a run may have the same reason to warn.
      if (warnings.includes(whole)) return
      warnings.push(whole)
      keepForError(whole)
      if (globals.json || (globals.quiet && !isFailure)) return
      write(`${style.yellow('warning:')} ${printableBlock(message)}`)
      if (hint) {
        const text = hintText(hint, (line) => breakLines(line, stderrWidth(), INDENT), INDENT)
        write(style.dim(text), true)
      }
    },
    trace: (line) => {
      if (globals.verbose && !globals.json) write(style.dim(printableBlock(line)))
    },
    collected: () => (warnings.length > 0 ? { warnings } : {}),
  }
}
