import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { cleanEnvironment, programCommand } from '../../test/support/program.ts'

export interface RunOptions {
  home: string
  env?: Readonly<Record<string, string>>
  /** The text on standard input; without it standard input is empty. */
  input?: string
  /** Standard output goes into this file instead of a pipe. */
  outputFile?: string
}

export interface Run {
  /** The milliseconds from just before the process is created until its end. */
  ms: number
  stdout: string
}

/** Runs a process and measures its whole life. Rejects if its exit status is not 0. */
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

/** Starts Node with nothing to do: no program that runs on Node can be faster. */
export function bareNode(options: RunOptions): Promise<Run> {
  return run(process.execPath, ['-e', '0'], options)
}
