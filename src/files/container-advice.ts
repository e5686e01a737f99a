import { accessSync, constants, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { systemErrorCode } from './file-reason.ts'
import { isInContainer, volumeOf } from './mounts.ts'
import { userName } from './owners.ts'

/**
 * Advice for a process in a container, where files are mounted: their modes and owners are those of the
 * machine outside, or what the settings of the container say.
 */

/** Returns the user of this process as the settings of a container name it. */
export function containerUser(): string {
  return `uid ${process.geteuid?.()}`
}

/** Returns how to let this process read a file that it may not read; `null` outside of containers. */
export function readableAdvice(path: string): string | null {
  if (volumeOf(path) === null) return null
  const gids = [...new Set([process.getegid?.(), ...(process.getgroups?.() ?? [])])]
    .filter((gid) => gid !== undefined)
    .sort((one, other) => one - other)
  const groups = gids.length === 1 ? `the group ${gids[0]}` : `the groups ${listed(gids)}`
  const group = gids.length === 1 ? 'this group' : 'one of these groups'
  const closed = closedDirectory(path)
  return closed === null
    ? `This container runs as ${containerUser()} with ${groups}: mount the file with mode 0444, or with 0440 ` +
        `and ${group}.`
    : `This container runs as ${containerUser()} with ${groups}: let it enter the directory ${closed}, ` +
        `with mode 0755, or with 0750 and ${group}.`
}

/**
 * Returns who can read a file that the system refused to this process, and in a container how to let it;
 * `null` for any other error.
 */
export function accessAdvice(error: unknown, path: string): string | null {
  if (systemErrorCode(error) !== 'EACCES') return null
  const owner = ownerOf(path)
  return (
    readableAdvice(path) ??
    (owner === 0
      ? 'Run the command as root, who owns the file.'
      : `Run the command as the owner of the file${owner === null ? '' : ` (${userName(owner)})`}, or as root.`)
  )
}

function ownerOf(path: string): number | null {
  try {
    return statSync(path).uid
  } catch {
    return null
  }
}

/** Returns the topmost directory of a path that this process may not enter; `null` if it may enter all. */
function closedDirectory(path: string): string | null {
  const directory = dirname(path)
  if (directory === path) return null
  const above = closedDirectory(directory)
  if (above !== null) return above
  try {
    accessSync(directory, constants.X_OK)
    return null
  } catch (error) {
    return systemErrorCode(error) === 'EACCES' ? directory : null
  }
}

/** Returns how to let this process write to a path that it may not write to; `null` outside of containers. */
export function writableAdvice(path: string, names: { variable: string; flag: string }): string | null {
  if (!isInContainer()) return null
  const another = `name a file on it with ${names.variable} or --${names.flag}`
  const volume = volumeOf(path)
  if (volume === null) return `Mount a volume that ${containerUser()} may write to, and ${another}.`
  if (volume.isReadOnly)
    return `Mount ${volume.point} without the option ro, or mount another volume and ${another}.`
  return (
    `Let ${containerUser()}, as which this container runs, write to the volume ${volume.point}: change its ` +
    'owner with chown, set fsGroup in Kubernetes, or start the container as the owner of the volume (--user, ' +
    'in Kubernetes runAsUser).'
  )
}

/** Returns how to get a home directory of one's own, as a part of a sentence. */
export function ownHomeAdvice(): string {
  return isInContainer()
    ? 'set HOME to a directory on a volume'
    : 'set HOME to your own home directory (sudo -H does)'
}

function listed(items: readonly number[]): string {
  return `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`
}
