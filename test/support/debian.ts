import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkJson } from './json.ts'
import { repository } from './program.ts'

/** Debian 11, 12 and 13. */
export const DEBIAN_RELEASES = ['bullseye', 'bookworm', 'trixie'] as const
export type DebianRelease = (typeof DEBIAN_RELEASES)[number]

export interface RunInRoot {
  /** A user of the root; root if none is given. */
  user?: string
  env?: Readonly<Record<string, string>>
  input?: string
  /** The root is mounted read-only. */
  readOnly?: boolean
}

export interface Outcome {
  status: number | null
  stdout: string
  stderr: string
}

/** A Debian system in a directory: the real apt, dpkg and Python, with the network of this machine. */
export interface DebianRoot {
  readonly path: string
  /** Runs a program in it, with /proc and without the environment of this process. */
  run(command: readonly string[], options?: RunInRoot): Promise<Outcome>
  /** Runs a program in it and returns its standard output. Rejects if the exit status is not 0. */
  succeed(command: readonly string[], options?: RunInRoot): Promise<string>
  remove(): void
}

/** By default all tests share one packed root, since debootstrap is slow. */
const PYTHON = ['python3-venv']

/**
 * Returns a new copy of a minimal Debian with these further packages. debootstrap creates the original once,
 * in .cache/debian. This needs root, debootstrap and unshare.
 */
export function debianRoot(release: DebianRelease, packages: readonly string[] = PYTHON): DebianRoot {
  const path = mkdtempSync(join(tmpdir(), `mathesarctl-${release}-`))
  must('tar', ['-xf', packedRoot(release, packages), '-C', path])
  // This directory is the / of users who are not root.
  chmodSync(path, 0o755)
  const run = async (command: readonly string[], { user, env, input, readOnly }: RunInRoot = {}) => {
    const mounts = [
      'mount --bind "$0" "$0"',
      'mount -t proc proc "$0/proc"',
      ...(readOnly ? ['mount -o remount,bind,ro "$0"'] : []),
    ]
    const enter = `${mounts.join(' && ')} && exec chroot ${user ? `--userspec=${user}` : ''} "$0" "$@"`
    const result = await outcome(
      'unshare',
      ['--mount', '--pid', '--fork', '--kill-child', 'sh', '-c', enter, path, ...command],
      { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LANG: 'C.UTF-8', ...env },
      input,
    )
    const [program, ...args] = command
    if (program?.endsWith('mathesarctl')) checkJson(args, result)
    return result
  }
  return {
    path,
    run,
    async succeed(command, options) {
      const result = await run(command, options)
      if (result.status === 0) return result.stdout
      throw new Error(`${command.join(' ')}: status ${result.status}\n${result.stdout}\n${result.stderr}`)
    },
    remove: () => rmSync(path, { recursive: true, force: true }),
  }
}

function packedRoot(release: DebianRelease, packages: readonly string[]): string {
  const directory = join(repository, '.cache/debian')
  const packed = join(directory, `${[release, ...packages].join('+')}.tar`)
  if (existsSync(packed)) return packed
  mkdirSync(directory, { recursive: true })
  const unpackedRoot = mkdtempSync(join(tmpdir(), 'mathesarctl-debootstrap-'))
  const include = packages.length > 0 ? [`--include=${packages.join(',')}`] : []
  must('debootstrap', ['--variant=minbase', ...include, release, unpackedRoot])
  must('tar', ['-cf', `${packed}.${process.pid}`, '-C', unpackedRoot, '.'])
  renameSync(`${packed}.${process.pid}`, packed)
  rmSync(unpackedRoot, { recursive: true, force: true })
  return packed
}

function must(program: string, args: readonly string[]): void {
  const { status, error, stderr, stdout } = spawnSync(program, args, { encoding: 'utf8' })
  if (error) throw error
  if (status !== 0) throw new Error(`${program} ended with ${status}: ${stderr || stdout.slice(-2000)}`)
}

function outcome(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  input?: string,
): Promise<Outcome> {
  const child = spawn(program, args, { env, stdio: ['pipe', 'pipe', 'pipe'] })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (status) => resolve({ status, stdout, stderr }))
  })
}
