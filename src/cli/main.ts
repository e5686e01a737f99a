import { readyAnswer } from './ready-answer.ts'

/**
 * Runs one command line and sets the process's exit status. Never rejects.
 *
 * @param args the words after the program's name
 */
export async function main(args: readonly string[]): Promise<void> {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      // The reader of a pipe has closed it (`| head`): that is no error, and nobody reads on.
      if (error.code === 'EPIPE') process.exit(process.exitCode ?? 0)
      if (stream === process.stderr) process.exit(1)
      process.exitCode = 1
      void import('./run.ts').then(({ reportLostOutput }) => reportLostOutput(error, args))
    })
  }
  const answer = readyAnswer(args)
  if (answer !== null) {
    process.stdout.write(answer)
    return
  }
  const { runCommandLine } = await import('./run.ts')
  await runCommandLine(args)
  // A task that still runs (a name lookup, for instance) must not keep the process alive; output that a slow
  // reader has not read yet may.
  const exitWhenWritten = () => {
    if (process.stdout.writableLength > 0) process.stdout.once('drain', exitWhenWritten)
    else process.exit()
  }
  setTimeout(exitWhenWritten, 1_000).unref()
}
