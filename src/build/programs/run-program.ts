import { spawn } from 'node:child_process'
import { OperatorError } from '../../errors.ts'

import type { BuildContext } from '../types.ts'

export interface ProgramRun {
  args: readonly string[]
  cwd?: string
  /** Variables beside those of the context. */
  env?: Readonly<Record<string, string>>
  /** What it reads from standard input. */
  input?: string | Buffer
}

/**
 * Runs a program of the operating system and returns what it wrote on standard output. It is ended when the build is.
 * Errors: `INTERNAL` with the program's own words where it does not end with status 0, or can't be started.
 */
export async function runProgram(
  program: string,
  { args, cwd, env, input }: ProgramRun,
  context: Pick<BuildContext, 'env' | 'signal'>,
): Promise<Buffer> {
  const child = spawn(program, [...args], {
    cwd,
    // Messages are quoted, and dates read: in one language, whatever the operator's is.
    env: { ...context.env, LC_ALL: 'C', ...env },
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    signal: context.signal,
  })
  const output: Buffer[] = []
  const errors: Buffer[] = []
  child.stdout?.on('data', (chunk: Buffer) => output.push(chunk))
  child.stderr?.on('data', (chunk: Buffer) => errors.push(chunk))
  // A program that ends before it has read everything says why itself.
  child.stdin?.on('error', () => {})
  child.stdin?.end(input)
  const status = await new Promise<number | string>((resolve, reject) => {
    child.on('error', (error) =>
      reject(
        context.signal?.aborted
          ? error
          : programError(`${program} can’t be started: ${error.message}.`, error),
      ),
    )
    child.on('close', (code, signal) => resolve(code ?? signal ?? 'unknown'))
  })
  if (status === 0) return Buffer.concat(output)
  const said = Buffer.concat(errors).toString('utf8').trim() || Buffer.concat(output).toString('utf8').trim()
  throw programError(`${program} ended with ${status}: ${said || 'it did not say why'}`)
}

function programError(message: string, cause?: Error): OperatorError {
  return new OperatorError(
    'INTERNAL',
    message,
    'Nothing was left half done. Mend what it complains of, and run the same command again.',
    cause === undefined ? {} : { cause },
  )
}
