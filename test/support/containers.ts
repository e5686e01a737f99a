import { programForEverybody } from './other-users.ts'

/** The user of a container of the tests, who needs no account. */
export const CONTAINER_USER = 54_323

export interface ContainerOptions {
  /** Shell commands that mount what the container has, as root. */
  mounts: string
  uid?: number
  gid?: number
  groups?: readonly number[]
}

/**
 * Shell commands that mount what every container engine mounts, as root: a file at /etc/hostname, and a /dev
 * with few devices.
 */
export const ENGINE_MOUNTS = `mount --bind /etc/hostname /etc/hostname
  mount -t tmpfs -o mode=0755 none /dev
  mknod -m 666 /dev/null c 1 3
  mknod -m 666 /dev/urandom c 1 9
  ln -s /proc/self/fd /dev/fd`

/**
 * Returns the command that runs the program where files are mounted as container engines mount them. Needs
 * root.
 */
export function inContainer({
  mounts,
  uid = CONTAINER_USER,
  gid = uid,
  groups = [],
}: ContainerOptions): readonly [file: string, ...args: string[]] {
  const memberships = groups.length === 0 ? '--clear-groups' : `--groups ${groups.join(',')}`
  const script = `${ENGINE_MOUNTS}
    ${mounts}
    exec setpriv --reuid ${uid} --regid ${gid} ${memberships} "$@"`
  return ['unshare', '--mount', 'sh', '-ec', script, 'sh', ...programForEverybody()]
}
