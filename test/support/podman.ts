import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkJson } from './json.ts'

/** How a container runs. */
export interface ContainerOptions {
  /** `UID:GID`; by default the user of the image. */
  readonly user?: string
  readonly env?: Readonly<Record<string, string>>
  /** Directories and files of this machine by their path in the container, such as `/data`. */
  readonly mounts?: Readonly<Record<string, string>>
  readonly input?: string
  /** Further flags of `podman run`. */
  readonly flags?: readonly string[]
}

export interface ContainerRun {
  status: number | null
  stdout: string
  stderr: string
}

/** Podman with images and containers of its own. It needs podman, runc and root. */
export interface Podman {
  /** Runs podman with these words, and returns its standard output. Throws if it fails. */
  succeed(...words: readonly string[]): string
  /**
   * Runs the program of an image with arguments in a container: with a read-only root, without capabilities,
   * and with the network of this machine.
   */
  run(image: string, args: readonly string[], options?: ContainerOptions): ContainerRun
  /** Returns the command that `run` runs: podman and its words. */
  command(image: string, args: readonly string[], options?: ContainerOptions): [string, ...string[]]
  remove(): void
}

export function podman(): Podman {
  const place = mkdtempSync(join(tmpdir(), 'mathesarctl-podman-'))
  const storage = ['--root', join(place, 'root'), '--runroot', join(place, 'run'), '--storage-driver', 'vfs']
  // crun and podman's usual limits need more of the system than a container of a build machine has.
  const engine = [...storage, '--runtime', 'runc', '--cgroup-manager', 'cgroupfs']
  const limits = ['--ulimit', 'nofile=1024:1024', '--ulimit', 'nproc=1000:1000']
  const start = (words: readonly string[], input = '') =>
    spawnSync('podman', [...engine, ...words], { encoding: 'utf8', input, maxBuffer: 64 * 1024 * 1024 })
  return {
    succeed(...words) {
      const { error, status, stdout, stderr } = start(words)
      if (error) throw error
      if (status !== 0) throw new Error(`podman ${words.join(' ')}: status ${status}\n${stdout}\n${stderr}`)
      return stdout
    },
    run(image, args, options = {}) {
      const result = start(containerWords(image, args, options), options.input)
      checkJson(args, result)
      return result
    },
    command: (image, args, options = {}) => ['podman', ...engine, ...containerWords(image, args, options)],
    remove: () => rmSync(place, { recursive: true, force: true }),
  }

  function containerWords(
    image: string,
    args: readonly string[],
    { user, env = {}, mounts = {}, flags = [] }: ContainerOptions,
  ): string[] {
    return [
      'run',
      '--rm',
      '--interactive',
      '--read-only',
      '--cap-drop=all',
      '--security-opt=no-new-privileges',
      '--network=host',
      ...limits,
      ...(user === undefined ? [] : ['--user', user]),
      ...Object.entries(env).map(([name, value]) => `--env=${name}=${value}`),
      ...Object.entries(mounts).map(([target, source]) => `--volume=${source}:${target}`),
      ...flags,
      image,
      ...args,
    ]
  }
}
