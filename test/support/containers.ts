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
 * Returns the command that runs the program where files are mounted as container engines mount them: all of
 * them bind a file to /etc/hostname. Needs root.
 */
export function inContainer({
  mounts,
  uid = CONTAINER_USER,
  gid = uid,
  groups = [],
}: ContainerOptions): readonly [file: string, ...args: string[]] {
  const memberships = groups.length === 0 ? '--clear-groups' : `--groups ${groups.join(',')}`
  const script = `mount --bind /etc/hostname /etc/hostname
    ${mounts}
    exec setpriv --reuid ${uid} --regid ${gid} ${memberships} "$@"`
  return ['unshare', '--mount', 'sh', '-ec', script, 'sh', ...programForEverybody()]
}
