import { readyAnswer } from './ready-answer.ts'

/**
 * Runs one command line and sets the process's exit status. `args` are those after the program's name.
 * Never rejects.
 */
export async function main(args: readonly string[]): Promise<void> {
  // The reader of a pipe went away (`| head`): nothing is wrong, and nobody is left to tell.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit(process.exitCode ?? 0)
      throw error
    })
  }
  const answer = readyAnswer(args)
  if (answer !== null) {
    process.stdout.write(answer)
    return
  }
  const { asUsageError, buildProgram } = await import('./program.ts')
  const program = buildProgram()
  try {
    // A bare command shows what there is, as an answer on stdout.
    if (args.length === 0) program.outputHelp()
    else await program.parseAsync([...args], { from: 'user' })
  } catch (caught) {
    const error = asUsageError(caught)
    if (error !== null) process.exitCode = await report(error, args)
  }
  // Whatever still hangs on (a name that is still being resolved, for instance) must not keep the process; output
  // that a slow reader has not taken yet may.
  const leave = () => {
    if (process.stdout.writableLength > 0) process.stdout.once('drain', leave)
    else process.exit()
  }
  setTimeout(leave, 1_000).unref()
}

/** Writes an error as the contract says and returns the exit status. */
async function report(caught: unknown, args: readonly string[]): Promise<number> {
  const { errorDependents, errorDocument, errorText, faultError } = await import('./render/error.ts')
  const error = faultError(caught)
  // The flags may be what is wrong, so these are looked for by hand.
  const own = args.includes('--') ? args.slice(0, args.indexOf('--')) : args
  if (own.includes('--json')) {
    process.stderr.write(`${JSON.stringify(errorDocument(error))}\n`)
    return error.exitCode
  }
  const { openTerminal } = await import('./terminal.ts')
  const { resolveGlobals } = await import('./globals.ts')
  const globals = await resolveGlobals({ color: !own.includes('--no-color') }, process.env).catch(() => null)
  const terminal = globals && (await openTerminal({ ...globals, quiet: false }, process.env))
  const { Chalk } = await import('chalk')
  const style = terminal?.style ?? new Chalk({ level: 0 })
  const dependents = errorDependents(error)
  if (dependents.length > 0) {
    const { dependentsTable } = await import('./render/dependents.ts')
    process.stderr.write(`${dependentsTable(dependents, { width: process.stderr.columns ?? null, style })}\n`)
  }
  process.stderr.write(`${errorText(error, style)}\n`)
  if (error.code === 'INTERNAL' && (own.includes('--verbose') || own.includes('-v'))) {
    const { OperatorError } = await import('../errors.ts')
    const cause = caught instanceof OperatorError ? caught.cause : caught
    if (cause instanceof Error && cause.stack) process.stderr.write(`${style.dim(cause.stack)}\n`)
  }
  return error.exitCode
}
