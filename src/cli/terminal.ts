import type { ChalkInstance } from 'chalk'
import type { DocumentName, DocumentOf } from './json/index.ts'
import { printable } from './render/printable.ts'
import { stderrWidth } from './render/stderr-width.ts'
import type { wrap } from './render/wrap.ts'
import type { Globals } from './settings/globals.ts'

/** All that commands write goes through here: results to stdout, everything for people to stderr. */
export interface Terminal {
  /** Questions may be asked. */
  readonly interactive: boolean
  readonly json: boolean
  readonly quiet: boolean
  readonly verbose: boolean
  /** Columns of the terminal that stdout is, or `null` where it is none. */
  readonly columns: number | null
  /** For stderr. */
  readonly style: ChalkInstance
  /** For stdout. */
  readonly resultStyle: ChalkInstance
  /** A spinner may be drawn on stderr. */
  readonly animated: boolean
  /** The terminal's locale shows more than ASCII. */
  readonly unicode: boolean
  /** A result for people, on stdout. */
  result(text: string): void
  /** The one JSON document of a command, on stdout; warnings beside a list are one JSON object on stderr. */
  document<Name extends DocumentName>(name: Name, value: DocumentOf<Name>): void
  /**
   * A line on stderr; not with --quiet or --json. `whole`: it is not broken to fit, as a statement to be copied;
   * `indent`: what each line after the first begins with where it is broken.
   */
  say(line?: string, options?: { whole?: boolean; indent?: string }): void
  /** A line that belongs to a question: on stderr, also with --quiet and --json, for nobody answers blindly. */
  explain(line?: string, options?: { whole: boolean }): void
  /** A warning with what to do, on stderr; collected for the document with --json. */
  warn(message: string, hint?: string): void
  /** A line on stderr with --verbose. */
  detail(line: string): void
  /** The warnings so far as a member of a JSON document; empty where there are none. */
  collected(): { warnings?: readonly string[] }
}

/** Decides per stream, as no-color.org and force-color.org say; an explicit flag wins. */
function colours(stream: NodeJS.WriteStream, globals: Globals, env: NodeJS.ProcessEnv): boolean {
  if (globals.noColor) return false
  if (env.NO_COLOR) return false
  if (env.FORCE_COLOR && env.FORCE_COLOR !== '0') return true
  return stream.isTTY === true && env.TERM !== 'dumb'
}

/** What measures text takes longer to load than Node to start: it is loaded only where lines have to fit a terminal. */
async function lineBreaker(): Promise<typeof wrap> {
  if (stderrWidth() === null) return (text) => text
  return (await import('./render/wrap.ts')).wrap
}

/** The terminal that the process has, under the global settings. */
export async function openTerminal(globals: Globals, env: NodeJS.ProcessEnv): Promise<Terminal> {
  const { Chalk } = await import('chalk')
  const warnings: string[] = []
  const silent = globals.quiet || globals.json
  const style = new Chalk({ level: colours(process.stderr, globals, env) ? 1 : 0 })
  const breakLines = await lineBreaker()
  const write = (line: string, indent = '', whole = false) =>
    process.stderr.write(`${whole ? line : breakLines(line, stderrWidth(), indent)}\n`)
  return {
    interactive: process.stdin.isTTY === true && process.stderr.isTTY === true && !globals.noInput,
    json: globals.json,
    quiet: globals.quiet,
    verbose: globals.verbose,
    columns: process.stdout.isTTY ? process.stdout.columns : null,
    style,
    resultStyle: new Chalk({ level: colours(process.stdout, globals, env) ? 1 : 0 }),
    animated: process.stderr.isTTY === true && !silent && env.TERM !== 'dumb' && !env.CI,
    unicode: /utf-?8/i.test(env.LC_ALL || env.LC_CTYPE || env.LANG || ''),
    result: (text) => {
      process.stdout.write(`${text}\n`)
    },
    document: (_name, value) => {
      // Laid out for eyes; a program reads it faster without.
      process.stdout.write(`${JSON.stringify(value, null, process.stdout.isTTY ? 2 : 0)}\n`)
      // A list has no member for them.
      if (Array.isArray(value) && warnings.length > 0)
        process.stderr.write(`${JSON.stringify({ warnings })}\n`)
    },
    say: (line = '', { whole = false, indent = '' } = {}) => {
      if (!silent) write(line, indent, whole)
    },
    explain: (line = '', { whole } = { whole: false }) => {
      write(line, '', whole)
    },
    warn: (message, hint) => {
      warnings.push(hint ? `${message} ${hint}` : message)
      if (silent) return
      write(`${style.yellow('warning:')} ${printable(message)}`, '  ')
      if (hint) write(`  ${style.dim(printable(hint))}`)
    },
    detail: (line) => {
      if (globals.verbose && !globals.json) write(style.dim(printable(line)))
    },
    collected: () => (warnings.length > 0 ? { warnings } : {}),
  }
}
