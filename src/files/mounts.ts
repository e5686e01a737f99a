import { readFileSync, realpathSync, type Stats } from 'node:fs'
import { dirname, join, relative } from 'node:path'

export interface Mount {
  point: string
  /** The device of its file system, as `major:minor`. */
  device: string
  /** The directory of its file system that it shows. */
  root: string
  /** The user who serves its files, if a program does that; otherwise `null`. */
  server: number | null
  isReadOnly: boolean
  /** The kind of its file system, such as `ext4` or `tmpfs`. */
  type: string
}

/**
 * Returns the mount that a path without symbolic links is on, if this process runs in a container, where
 * whoever started the container chose the mounts. `null` outside of containers.
 */
export function containerMount(path: string): Mount | null {
  const mounts = readMounts()
  return isContainer(mounts) ? mountOf(path, mounts) : null
}

function mountOf(path: string, mounts: readonly Mount[]): Mount | null {
  const above = mounts.filter(({ point }) => isBelow(path, point))
  // Of several mounts at one place, the last one counts.
  return above.reduce<Mount | null>(
    (deepest, one) => (one.point.length >= (deepest?.point.length ?? 0) ? one : deepest),
    null,
  )
}

/**
 * Returns whether only whoever started the container could have put a file at a path, since no user in the
 * container can: its mount is read-only, no other mount shows the same file and can be written to, and no
 * other user's program serves it. `false` outside of containers.
 *
 * @param path without symbolic links
 */
export function isSealed(path: string): boolean {
  const mounts = readMounts()
  if (!isContainer(mounts)) return false
  const mount = mountOf(path, mounts)
  if (!mount?.isReadOnly) return false
  if (isServedByOthers(mount)) return false
  const place = join(mount.root, relative(mount.point, path))
  return !mounts.some((other) => {
    if (other.isReadOnly || other.device !== mount.device || !isBelow(place, other.root)) return false
    // Another mount may cover what this one shows.
    return mountOf(join(other.point, relative(other.root, place)), mounts) === other
  })
}

/** Returns whether the files of a mount are what a program of another user says: FUSE lets users mount. */
function isServedByOthers({ server }: Mount): boolean {
  return server !== null && server !== 0 && server !== process.geteuid?.()
}

function isBelow(path: string, directory: string): boolean {
  return directory === '/' || path === directory || path.startsWith(`${directory}/`)
}

/** Returns whether this process runs in a container. */
export function isInContainer(): boolean {
  return isContainer(readMounts())
}

/**
 * Returns the mount, besides the file system of the container itself, that a path is on, or that it would be
 * on if it existed; `null` if there is none or if another user's program serves it, and outside of
 * containers.
 */
export function volumeOf(path: string): Mount | null {
  const mount = containerMount(existingPath(path))
  return mount === null || mount.point === '/' || isServedByOthers(mount) ? null : mount
}

/**
 * Returns whether a file is a secret that whoever started the container mounted for it. Engines mount each
 * secret, or all of them, read-only or without write permission, and with mode 0444 or 0644 by default: what
 * else runs in the container may read it, and the container can't change that.
 *
 * @param path without symbolic links
 */
export function isMountedSecret(path: string, { mode }: Pick<Stats, 'mode'>): boolean {
  const mount = containerMount(path)
  return mount !== null && mount.point !== '/' && (mount.isReadOnly || (mode & 0o222) === 0)
}

/**
 * Returns whether a file at a path ends with the container: it is in the container's own file system or in
 * memory. `false` outside of containers.
 */
export function endsWithContainer(path: string): boolean {
  const mount = containerMount(existingPath(path))
  return mount !== null && (mount.point === '/' || mount.type === 'tmpfs' || mount.type === 'ramfs')
}

/** Returns the path without symbolic links, or that of the nearest directory above it that exists. */
function existingPath(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path === dirname(path) ? path : existingPath(dirname(path))
  }
}

/**
 * Every container engine mounts the first two, and only root can. Files such as /.dockerenv say less: they
 * stay in a file system that was once a container's and now is a machine's. A process with the devices of the
 * machine, which are on a devtmpfs, is not isolated from its users: "ip netns exec" mounts /etc/hosts too,
 * and tools such as Toolbx mount the directories of all users.
 */
function isContainer(mounts: readonly Mount[]): boolean {
  if (!mounts.some(({ point }) => point === '/etc/hosts' || point === '/etc/hostname')) return false
  const devices = mounts.findLast(({ point }) => point === '/dev')
  return devices !== undefined && devices.type !== 'devtmpfs'
}

/**
 * By proc(5): the third field is the device, the fourth the root, the fifth the mount point, the sixth has
 * the options of the mount, the one after the hyphen the type of its file system, and the last the options of
 * that. Those of FUSE have the user of its server (mount.fuse3(8)).
 */
function readMounts(): Mount[] {
  let text: string
  try {
    text = readFileSync('/proc/self/mountinfo', 'utf8')
  } catch {
    return []
  }
  return text.split('\n').flatMap((line) => {
    const fields = line.split(' ')
    const point = fields[4]
    if (point === undefined) return []
    const options = [fields[5], fields.at(-1)].flatMap((list) => list?.split(',') ?? [])
    const type = fields[fields.indexOf('-', 6) + 1] ?? ''
    const server = /^user_id=(\d+)$/.exec(options.find((option) => option.startsWith('user_id=')) ?? '')?.[1]
    return [
      {
        point: decodeOctal(point),
        device: fields[2] ?? '',
        root: decodeOctal(fields[3] ?? ''),
        server: server === undefined ? null : Number(server),
        isReadOnly: options.includes('ro'),
        type,
      },
    ]
  })
}

/** Blanks and backslashes are written in octal. */
function decodeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)))
}
