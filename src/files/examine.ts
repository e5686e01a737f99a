import { lstatSync, readlinkSync, type Stats } from 'node:fs'
import { dirname, isAbsolute, join } from 'node:path'
import { containerMount, isSealed, volumeOf } from './mounts.ts'
import { HAS_OWNERS, isGroupWithoutAccount, isOwnOrRoot, isUnmapped, privateGroupOwner } from './owners.ts'
import type { PathProblem, Trust } from './trust.ts'

export interface Examination {
  /** The file itself; `null` if it is missing, or if opening it fails for another reason. */
  file: Stats | null
  /** The path without symbolic links. */
  realPath: string
  /** It is an open file of this process, such as standard input: whoever started the process opened it. */
  isHandedOver: boolean
  problem: PathProblem | null
  /** Topmost directories of a container's volumes that other users of the container can write to. */
  sharedVolumes: string[]
}

interface Options {
  /** The directory of the file must be closed to others even if it is sticky: they could add files to it. */
  isExclusive?: boolean
}

const MAX_LINKS = 40
const STICKY = 0o1000

/**
 * Follows a path as the system does, name by name, and finds whether anyone but its owners could replace what
 * it leads to: by writing to the file, or to a directory in which the system looks up a name of the path.
 *
 * Raises nothing. If a part of the path can't be read, opening the file fails for the same reason.
 */
export function examinePath(path: string, trust: Trust, { isExclusive = false }: Options = {}): Examination {
  const examination: Examination = {
    file: null,
    realPath: path,
    isHandedOver: false,
    problem: null,
    sharedVolumes: [],
  }
  if (!HAS_OWNERS) return { ...examination, isHandedOver: true }
  const policy = createPolicy(trust)
  try {
    const names = splitPath(isAbsolute(path) ? path : `${process.cwd()}/${path}`)
    let directory = '/'
    let stats = lstatSync(directory)
    let links = 0
    for (let name = names.shift(); name !== undefined; name = names.shift()) {
      if (name === '..') {
        directory = dirname(directory)
        stats = lstatSync(directory)
        continue
      }
      const place = join(directory, name)
      const entry = lstatSync(place, { throwIfNoEntry: false })
      const isLink = entry?.isSymbolicLink() === true
      const isLast = names.length === 0 && !isLink
      examination.problem = policy.directory(
        directory,
        stats,
        isExclusive && isLast,
        examination.sharedVolumes,
      )
      if (examination.problem) return examination
      // The targets of these links are no paths.
      if (isOpenFiles(directory)) return { ...examination, isHandedOver: true }
      if (entry === undefined) return { ...examination, realPath: join(place, ...names) }
      if (isLink) {
        examination.problem = policy.owner('link', place, entry)
        if (examination.problem || ++links > MAX_LINKS) return examination
        const target = readlinkSync(place)
        names.unshift(...splitPath(target))
        if (isAbsolute(target)) {
          directory = '/'
          stats = lstatSync(directory)
        }
      } else if (isLast) {
        return { ...examination, file: entry, realPath: place, problem: policy.file(place, entry) }
      } else if (!entry.isDirectory()) {
        return examination
      } else {
        directory = place
        stats = entry
      }
    }
    return { ...examination, file: stats, realPath: directory }
  } catch (error) {
    if (error instanceof Error && 'code' in error) return examination
    throw error
  }
}

function splitPath(path: string): string[] {
  return path.split('/').filter((name) => name !== '' && name !== '.')
}

function isOpenFiles(directory: string): boolean {
  return directory === '/dev/fd' || /^\/proc\/\d+(\/task\/\d+)?\/fd$/.test(directory)
}

function createPolicy({ named, owners = [], groups = [] }: Trust) {
  let other: number | null = null
  let isBelowSharedVolume = false
  const isAcceptedOwner = (uid: number): boolean => {
    if (isOwnOrRoot(uid)) return true
    // Whoever can write to the volume could have put another user's file there.
    if (isBelowSharedVolume) return false
    if (uid === other || owners.includes(uid)) return true
    if (!named || other !== null) return false
    other = uid
    return true
  }
  const isAcceptedGroup = (gid: number): boolean => {
    // Only root adds users to root's own group.
    if (gid === 0 || groups.includes(gid)) return true
    const owner = privateGroupOwner(gid)
    return owner !== null && isAcceptedOwner(owner)
  }
  const openTo = ({ mode, gid }: Stats): 'everybody' | 'group' | null => {
    if ((mode & 0o002) !== 0) return 'everybody'
    return (mode & 0o020) !== 0 && !isAcceptedGroup(gid) ? 'group' : null
  }
  const owner = (part: 'file' | 'directory' | 'link', path: string, { uid }: Stats): PathProblem | null => {
    const isAccepted = isAcceptedOwner(uid) || (part !== 'file' && isUnmapped(uid))
    // Nobody in the container could have put it there, so whoever started the container did.
    if (isAccepted || isSealed(path)) return null
    return { kind: 'foreign', part, path, uid }
  }
  return {
    owner,
    file(path: string, stats: Stats): PathProblem | null {
      const foreign = owner('file', path, stats)
      if (foreign) return foreign
      const hasContent = stats.isFile() || stats.isFIFO()
      const writers = hasContent ? openTo(stats) : null
      if (writers === null) return null
      if (isSealed(path)) return null
      if (containerMount(path) && writers === 'group' && isGroupWithoutAccount(stats.gid)) return null
      return { kind: 'writable', part: 'file', path, mode: stats.mode & 0o777 }
    },
    directory(path: string, stats: Stats, isExclusive: boolean, sharedVolumes: string[]): PathProblem | null {
      const foreign = owner('directory', path, stats)
      if (foreign) {
        // The topmost directory has the owner that it has on the machine, who may be unknown in here.
        if (volumeOf(path)?.point !== path) return foreign
        isBelowSharedVolume = true
        sharedVolumes.push(path)
        return null
      }
      const writers = openTo(stats)
      if (writers === null || ((stats.mode & STICKY) !== 0 && !isExclusive)) return null
      if (isSealed(path)) return null
      if (containerMount(path) && writers === 'group' && isGroupWithoutAccount(stats.gid)) return null
      // Kubernetes creates the volumes that a pod writes to with mode 0777.
      if (volumeOf(path)?.point === path) {
        isBelowSharedVolume = true
        sharedVolumes.push(path)
        return null
      }
      return { kind: 'writable', part: 'directory', path, mode: stats.mode & 0o7777 }
    },
  }
}
