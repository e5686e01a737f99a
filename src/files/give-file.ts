import { readFileSync, type Stats, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { isUnmapped, userName } from './owners.ts'

/** The number of the capability CAP_CHOWN (capabilities(7)). */
const CAP_CHOWN = 0

/**
 * Returns why this process can't create a file with the owner and the group of another one beside it, as the
 * end of a sentence; `null` if it can. Errors: those of the system.
 *
 * @param path without symbolic links
 */
export function whyNotGiven(path: string): string | null {
  const { uid, gid } = statSync(path)
  if (mayGiveAway()) return isUnmapped(uid) ? `no file can be given to its owner, ${userName(uid)}` : null
  const user = userName(process.geteuid?.() ?? uid)
  if (uid !== process.geteuid?.()) return `it belongs to ${userName(uid)}, to whom ${user} can't give a file`
  const groups = [
    groupOfNewFiles(statSync(dirname(path))),
    process.getegid?.(),
    ...(process.getgroups?.() ?? []),
  ]
  return groups.includes(gid) ? null : `its group is ${gid}, to which ${user} can't give a file`
}

/** Returns the group that files get which are created in a directory. */
function groupOfNewFiles({ mode, gid }: Stats): number | undefined {
  const isInherited = (mode & 0o2000) !== 0 || process.platform === 'darwin'
  return isInherited ? gid : process.getegid?.()
}

/** Returns whether this process may give files to others: in a container, even root may not. */
function mayGiveAway(): boolean {
  if (process.platform !== 'linux') return process.geteuid?.() === 0
  const [, effective = '0'] = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? []
  return ((BigInt(`0x${effective}`) >> BigInt(CAP_CHOWN)) & 1n) === 1n
}
