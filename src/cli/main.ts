import { handleSignalsAsFirstProcess } from './first-process.ts'
import { readyAnswer } from './ready-answer.ts'
import { assumeTerminalSize } from './terminal-size.ts'

/**
 * Runs one command line and sets the process's exit status. Never rejects.
 *
 * @param args the words after the program's name
 */
export async function main(args: readonly string[]): Promise<void> {
  handleSignalsAsFirstProcess()
  for (const stream of [process.stdout, process.stderr]) {
    assumeTerminalSize(stream)
    stream.on('error', (error: NodeJS.ErrnoException) => {
      // The reader of a pipe may close it (`| head`), and nobody may be able to read messages any more. The
      // command still runs to its end, so that it leaves nothing half done, and so that its exit status
      // states what it did.
      if (error.code === 'EPIPE' || stream === process.stderr) return
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
    if (process.stdout.writableLength === 0) process.exit()
    process.stdout.once('drain', exitWhenWritten)
    process.stdout.once('error', () => process.exit())
  }
  setTimeout(exitWhenWritten, 1_000).unref()
}
