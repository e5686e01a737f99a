import { readFileSync } from 'node:fs'

export interface Mount {
  point: string
  isReadOnly: boolean
}

/**
 * Returns the mount that a path without symbolic links is on, if this process runs in a container, where
 * whoever started the container chose the mounts. `null` outside of containers.
 */
export function containerMount(path: string): Mount | null {
  const mounts = readMounts()
  if (!isContainer(mounts)) return null
  const above = mounts.filter(({ point }) => point === '/' || path === point || path.startsWith(`${point}/`))
  // Of several mounts at one place, the last one counts.
  return above.reduce<Mount | null>(
    (deepest, one) => (one.point.length >= (deepest?.point.length ?? 0) ? one : deepest),
    null,
  )
}

/**
 * Every container engine mounts these, and only root can. Files such as /.dockerenv say less: they stay in a
 * file system that was once a container's and now is a machine's.
 */
function isContainer(mounts: readonly Mount[]): boolean {
  return mounts.some(({ point }) => point === '/etc/hosts' || point === '/etc/hostname')
}

/**
 * By proc(5): the fifth field is the mount point, the sixth has the options of the mount, the last those of
 * its file system.
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
    return [{ point: decodeOctal(point), isReadOnly: options.includes('ro') }]
  })
}

/** Blanks and backslashes are written in octal. */
function decodeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)))
}
