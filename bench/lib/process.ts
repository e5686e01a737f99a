import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { cleanEnvironment, programCommand } from '../../test/support/program.ts'

export interface RunOptions {
  home: string
  env?: Readonly<Record<string, string>>
  /** Text on standard input; without it there is none. */
  input?: string
  /** Standard output goes into this file instead of a pipe. */
  outputFile?: string
}

export interface Run {
  /** From just before the process is made until its end, in milliseconds. */
  ms: number
  stdout: string
}

/** Runs a process and measures its whole life. Rejects if it ends with another status than 0. */
export async function run(command: string, args: readonly string[], options: RunOptions): Promise<Run> {
  const file = options.outputFile === undefined ? null : openSync(options.outputFile, 'w', 0o600)
  try {
    const started = performance.now()
    const child = spawn(command, args, {
      env: cleanEnvironment(options.home, options.env),
      cwd: options.home,
      stdio: [options.input === undefined ? 'ignore' : 'pipe', file ?? 'pipe', 'pipe'],
    })
    let ms = Number.NaN
    child.once('exit', () => {
      ms = performance.now() - started
    })
    let stdout = ''
    let stderr = ''
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      stdout += chunk
    })
    child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
      stderr += chunk
    })
    child.stdin?.on('error', () => {})
    child.stdin?.end(options.input)
    const status = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject)
      child.once('close', resolve)
    })
    if (status !== 0)
      throw new Error(`${command} ${args.join(' ')} ended with status ${status}: ${stderr || stdout}`)
    return { ms, stdout }
  } finally {
    if (file !== null) closeSync(file)
  }
}

/** Runs our program. */
export function mathesarctl(args: readonly string[], options: RunOptions): Promise<Run> {
  const [file, ...first] = programCommand()
  return run(file, [...first, ...args], options)
}

/** Starts Node with nothing to do: what no program on it can be faster than. */
export function bareNode(options: RunOptions): Promise<Run> {
  return run(process.execPath, ['-e', '0'], options)
}
