import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { ConnectionSettings } from '../../src/postgres/types.ts'
import { checkJson } from './json.ts'
import { cleanEnvironment, compileCache, programCommand } from './program.ts'

/** How a command ended and what it wrote. */
export interface Run {
  status: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
}

/** Creates a directory for one test, and deletes it when the test ends. */
export function temporaryDirectory(prefix = 'mathesarctl-test-'): string {
  const directory = mkdtempSync(join(tmpdir(), prefix))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

export interface CliOptions {
  home: string
  env?: Readonly<Record<string, string>>
  /** What standard input contains; without it standard input is empty. */
  input?: string | Buffer
  /** The Node that runs the program; by default the one that runs the tests. */
  node?: string
  /** The command that starts the program, instead of Node and the launcher. */
  command?: readonly [file: string, ...args: string[]]
  /** A command that runs the program, such as unshare with its flags. */
  wrapper?: readonly string[]
  /** The user to run it as; only root can choose. */
  uid?: number
}

/** Runs the built program as a process, without a terminal, and waits for its end. */
export function cli(args: readonly string[], options: CliOptions): Promise<Run> {
  return startCli(args, options).done
}

/** Starts the built program; the caller can send it signals. */
export function startCli(args: readonly string[], options: CliOptions) {
  const program = options.command ?? programCommand(options.node)
  const [file = '', ...first] = [...(options.wrapper ?? []), ...program]
  const child = spawn(file, [...first, ...args], {
    env: cleanEnvironment(options.home, { ...compileCache(), ...options.env }),
    cwd: options.home,
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.uid }),
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    stdout += chunk
  })
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk
  })
  child.stdin.on('error', () => {})
  child.stdin.end(options.input ?? '')
  const done = new Promise<Run>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (status, signal) => {
      try {
        checkJson(args, { status, stdout, stderr, isKilled: signal !== null })
        resolve({ status, signal, stdout, stderr })
      } catch (error) {
        reject(error)
      }
    })
  })
  return { child, done }
}

/** Returns the flags that name a database, without its password. */
export function connectionArguments(settings: ConnectionSettings): string[] {
  return [
    '--host',
    settings.host,
    '--port',
    String(settings.port),
    '--database',
    settings.database,
    '--user',
    settings.user,
    '--sslmode',
    settings.sslmode,
  ]
}

/** Parses the JSON document on stdout. */
export function document<T>(run: Run): T {
  return JSON.parse(run.stdout) as T
}

/** Parses the error that a run with --json wrote to stderr. */
export function errorOf(run: Run): { code: string; message: string; hint: string } & Record<string, unknown> {
  return (JSON.parse(run.stderr) as { error: { code: string; message: string; hint: string } }).error
}
