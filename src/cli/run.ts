import { OperatorError } from '../errors.ts'
import { collectAnswer } from './answer-document.ts'
import { outputHelpWidth } from './help-width.ts'
import { asUsageError, buildProgram, parse } from './program.ts'
import { overdueEnd } from './signals.ts'

/** Runs the command of a command line and sets the process's exit status. Never rejects. */
export async function runCommandLine(args: readonly string[]): Promise<void> {
  const isJson = hasJsonFlag(args)
  const answer = isJson ? collectAnswer() : undefined
  const program = buildProgram(isJson ? undefined : outputHelpWidth(), answer?.writer)
  try {
    // The bare program prints its help, as an answer on stdout.
    if (args.length === 0) program.outputHelp()
    else await Promise.race([parse(program, args), overdueEnd])
  } catch (caught) {
    const error = asUsageError(caught, program, args)
    if (error !== null) process.exitCode = await report(error, args)
    else answer?.print()
  }
}

/** Reports that standard output can't be written to: the disk is full, for instance. Sets the exit status. */
export async function reportLostOutput(cause: Error, args: readonly string[]): Promise<void> {
  const { fileReason } = await import('../files/file-reason.ts')
  const error = new OperatorError(
    'INTERNAL',
    `The result can't be written to standard output: ${fileReason(cause)}.`,
    'Free space there, or write the result to another place. The command may have completed ' +
      'nevertheless.',
    { cause },
  )
  process.exitCode = await report(error, args)
}

/** Writes an error for people, or with --json as one object, and returns the exit status. */
async function report(caught: unknown, args: readonly string[]): Promise<number> {
  const { warningsBesideError } = await import('./render/error-warnings.ts')
  const { jsonText, printableBlock } = await import('./render/printable.ts')
  const { errorDependents, errorDocument, errorText, faultError, sentencesText } = await import(
    './render/error.ts'
  )
  const error = faultError(caught)
  // The flags themselves may be wrong, so that nobody has parsed them: these two are looked up directly.
  const own = ownWords(args)
  if (hasJsonFlag(args)) {
    process.stderr.write(`${jsonText({ ...errorDocument(error), ...warningsBesideError() })}\n`)
    return error.exitCode
  }
  const { openTerminal } = await import('./terminal.ts')
  const { resolveGlobals } = await import('./settings/globals.ts')
  const globals = await resolveGlobals({ color: !own.includes('--no-color') }, process.env).catch(() => null)
  const terminal = globals && (await openTerminal({ ...globals, quiet: false }, process.env))
  const { Chalk } = await import('chalk')
  const style = terminal?.style ?? new Chalk({ level: 0 })
  const { sinceShown } = error.details
  if (sinceShown !== undefined) {
    if (sinceShown !== '') process.stderr.write(`${sentencesText(sinceShown)}\n`)
    return error.exitCode
  }
  const dependents = errorDependents(error, 'dependents')
  if (dependents.length > 0) {
    const { layOutDependents } = await import('./render/dependents.ts')
    const { REMEDY_HEADING, REMEDY_WARNING, remedyLines } = await import('./render/removal.ts')
    const { stderrWidth } = await import('./render/stderr-width.ts')
    const { wrap } = await import('./render/wrap.ts')
    const remedies = remedyLines(errorDependents(error, 'refused'))
    const table = layOutDependents(dependents, {
      width: stderrWidth(),
      style,
      whole: { kind: 'same command' },
    })
    const lines = [
      table.text,
      ...(table.omission === null ? [] : [style.dim(table.omission)]),
      ...(remedies.length > 0
        ? [REMEDY_HEADING, ...remedies, wrap(REMEDY_WARNING, stderrWidth(), '  ')]
        : []),
    ]
    process.stderr.write(`${lines.join('\n')}\n`)
  }
  process.stderr.write(`${errorText(error, style)}\n`)
  if (error.code === 'INTERNAL' && (own.includes('--verbose') || own.includes('-v'))) {
    const cause = caught instanceof OperatorError ? caught.cause : caught
    if (cause instanceof Error && cause.stack)
      process.stderr.write(`${style.dim(printableBlock(cause.stack))}\n`)
  }
  return error.exitCode
}

/** Returns the words before `--`. */
function ownWords(args: readonly string[]): readonly string[] {
  return args.includes('--') ? args.slice(0, args.indexOf('--')) : args
}

function hasJsonFlag(args: readonly string[]): boolean {
  return ownWords(args).includes('--json')
}
