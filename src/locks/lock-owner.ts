import { readFileSync, statSync } from 'node:fs'

/** A process that holds a lock on a file. */
export interface LockOwner {
  pid: number
  /** The name of its program; `null` if the system does not show it. */
  program: string | null
}

/**
 * Returns the process that holds a lock for writing on one of the files, as far as the system shows it: Linux
 * lists locks with device and inode (proc(5), "/proc/locks"). `null` if none does, or if that process is
 * outside of this container.
 */
export function lockOwner(paths: readonly string[]): LockOwner | null {
  if (process.platform !== 'linux') return null
  try {
    const files = new Set(paths.flatMap(lockedFile))
    for (const line of readFileSync('/proc/locks', 'utf8').split('\n')) {
      // Such as `1: POSIX  ADVISORY  WRITE 71 08:01:1049 120 120`; a process that waits has `->` there.
      const [, , , mode, pid = '', file = ''] = line.split(/\s+/)
      if (mode !== 'WRITE' || !files.has(file) || Number(pid) <= 0 || Number(pid) === process.pid) continue
      return { pid: Number(pid), program: programOf(Number(pid)) }
    }
    return null
  } catch {
    return null
  }
}

/** Returns a file as /proc/locks names it: the parts of the device in hexadecimal digits, then the inode. */
function lockedFile(path: string): string[] {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false })
  if (stats === undefined) return []
  const { dev, ino } = stats
  const major = ((dev >> 8n) & 0xfffn) | ((dev >> 32n) & ~0xfffn)
  const minor = (dev & 0xffn) | ((dev >> 12n) & ~0xffn)
  const hex = (part: bigint) => part.toString(16).padStart(2, '0')
  return [`${hex(major)}:${hex(minor)}:${ino}`]
}

function programOf(pid: number): string | null {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim()
  } catch {
    return null
  }
}

/** Returns the process in words, such as `process 71 (node)`. */
export function lockOwnerText({ pid, program }: LockOwner): string {
  return program === null || program === '' ? `process ${pid}` : `process ${pid} (${program})`
}
