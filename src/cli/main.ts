import { readyAnswer } from './ready-answer.ts'

/**
 * Runs one command line and sets the process's exit status. `args` are those after the program's name.
 * Never rejects.
 */
export async function main(args: readonly string[]): Promise<void> {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      // The reader of a pipe went away (`| head`): nothing is wrong, and nobody is left to tell.
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
  // Whatever still hangs on (a name that is still being resolved, for instance) must not keep the process; output
  // that a slow reader has not taken yet may.
  const leave = () => {
    if (process.stdout.writableLength > 0) process.stdout.once('drain', leave)
    else process.exit()
  }
  setTimeout(leave, 1_000).unref()
}
