import { spawn } from 'node:child_process'
import { OperatorError } from '../../errors.ts'

import type { ProgramContext } from '../types.ts'

export interface ProgramRun {
  args: readonly string[]
  cwd?: string
  /** Variables beside those of the context. */
  env?: Readonly<Record<string, string>>
  /** Its standard input. */
  input?: string | Buffer
}

/**
 * Runs a program of the operating system and returns its standard output. The end of the build ends the
 * program.
 *
 * Errors: `INTERNAL` that quotes the program where its status is not 0, or where it can't be started.
 */
export async function runProgram(
  program: string,
  { args, cwd, env, input }: ProgramRun,
  context: ProgramContext,
): Promise<Buffer> {
  const child = spawn(program, [...args], {
    cwd,
    // Errors quote its messages, and callers parse its dates: in one language, whatever the operator's is.
    env: { ...context.env, LC_ALL: 'C', ...env },
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    signal: context.signal,
  })
  const output: Buffer[] = []
  const errors: Buffer[] = []
  child.stdout?.on('data', (chunk: Buffer) => output.push(chunk))
  child.stderr?.on('data', (chunk: Buffer) => errors.push(chunk))
  // A program that ends before it has read everything reports the reason itself.
  child.stdin?.on('error', () => {})
  child.stdin?.end(input)
  const status = await new Promise<number | string>((resolve, reject) => {
    child.on('error', (error) =>
      reject(
        context.signal?.aborted
          ? error
          : programError(`${program} can't be started: ${error.message}.`, error),
      ),
    )
    child.on('close', (code, signal) => resolve(code ?? signal ?? 'unknown'))
  })
  if (status === 0) return Buffer.concat(output)
  const textOf = (chunks: readonly Buffer[]) => Buffer.concat(chunks).toString('utf8').trim()
  const message = textOf(errors) || textOf(output) || 'it gave no reason'
  throw programError(`${program} ended with ${status}: ${message}`)
}

function programError(message: string, cause?: Error): OperatorError {
  return new OperatorError(
    'INTERNAL',
    message,
    'Every artifact is whole. Fix what the program reports, and run the same command again.',
    cause === undefined ? {} : { cause },
  )
}
