import { readFileSync, type Stats, statSync } from 'node:fs'
import { dirname } from 'node:path'

/** Whether files have owners and modes on this platform. */
export const HAS_OWNERS = process.platform !== 'win32'

/** Returns whether a user is the one that this process runs as, or root, who can do everything anyway. */
export function isOwnOrRoot(uid: number): boolean {
  return uid === 0 || uid === process.geteuid?.()
}

/**
 * Returns whether a file belongs to this user or root, or to the owner of another file that the operator
 * named. A missing file belongs to nobody.
 */
export function isOfOneOwner(path: string, named: string): boolean {
  if (!HAS_OWNERS) return true
  const owner = statSync(path, { throwIfNoEntry: false })?.uid
  if (owner === undefined) return false
  return isOwnOrRoot(owner) || owner === statSync(named, { throwIfNoEntry: false })?.uid
}

/** Returns a user as messages name it: `alice`, or `uid 1234` if /etc/passwd has no such user. */
export function userName(uid: number): string {
  return accounts('/etc/passwd').find((account) => account[2] === String(uid))?.[0] ?? `uid ${uid}`
}

/**
 * Returns the user whose private group a group is: it has the user's name, and no other member. Distributions
 * create such a group for each user, and then set a umask that lets the group write. `null` for any other
 * group, and for a group of another source than /etc/group, whose members can't be listed.
 */
export function privateGroupOwner(gid: number): number | null {
  // On macOS, these files do not list the users.
  if (process.platform === 'darwin') return null
  const group = accounts('/etc/group').find((account) => account[2] === String(gid))
  if (group === undefined) return null
  const [name, , , members = ''] = group
  const users = accounts('/etc/passwd')
  const owner = users.find((account) => account[0] === name)
  if (owner?.[3] !== String(gid)) return null
  const others = users.filter((account) => account[3] === String(gid) && account[2] !== owner[2])
  const isPrivate = others.length === 0 && members.split(',').every((one) => one === '' || one === name)
  return isPrivate ? Number(owner[2]) : null
}

/**
 * Returns whether a group is neither in /etc/group nor the group of a user: a container was started with its
 * number.
 */
export function isGroupWithoutAccount(gid: number): boolean {
  if (accounts('/etc/group').some((account) => account[2] === String(gid))) return false
  const self = String(process.geteuid?.())
  return !accounts('/etc/passwd').some((account) => account[3] === String(gid) && account[2] !== self)
}

/**
 * Returns whether an owner is outside of this process's user namespace. The system shows all such owners as
 * one user: the machine's root, who owns / and /home, like anybody else.
 */
export function isUnmapped(uid: number): boolean {
  if (process.platform !== 'linux') return false
  const [overflow] = fields('/proc/sys/fs/overflowuid')[0] ?? []
  if (overflow !== String(uid)) return false
  return !fields('/proc/self/uid_map').some(([inside, , count]) => {
    const first = Number(inside)
    return uid >= first && uid < first + Number(count)
  })
}

/**
 * Returns the owner of a directory, or of the nearest existing one above it, if that is neither this
 * process's user nor root; else `null`.
 */
export function foreignOwner(directory: string): number | null {
  let stats: Stats | undefined
  try {
    stats = statSync(directory, { throwIfNoEntry: false })
  } catch {
    // A process that may not read it can't use it either, and the attempt says why.
    return null
  }
  if (stats === undefined) return directory === '/' ? null : foreignOwner(dirname(directory))
  return !HAS_OWNERS || isOwnOrRoot(stats.uid) || isUnmapped(stats.uid) ? null : stats.uid
}

function accounts(path: string): string[][] {
  return lines(path).map((line) => line.split(':'))
}

function fields(path: string): string[][] {
  return lines(path).map((line) => line.trim().split(/\s+/))
}

function lines(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n')
  } catch {
    return []
  }
}
