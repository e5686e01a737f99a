import { elfNeeds } from '../../binaries/elf.ts'
import { oldestMacos } from '../../binaries/mach-o.ts'
import type { Platform } from '../../platforms.ts'

/** The kind of machine that an executable runs on, and its tag, by which installers find the wheel. */
export interface Target {
  /** Of a wheel: `manylinux_2_28_x86_64`, `macosx_14_0_arm64`. */
  readonly tag: string
  /** As `sys.platform` has it. */
  readonly system: 'linux' | 'darwin'
  /** As `platform.machine()` has it. */
  readonly machine: string
  /** The oldest glibc or macOS. */
  readonly floor: readonly [number, number]
}

/**
 * Reads from the executable where it runs, so that the tag is true: glibc refuses to start a program that
 * needs versions of symbols that it lacks, and macOS refuses one that was linked for a newer macOS.
 *
 * Errors: an Error where it is not an executable for the platform.
 */
export async function targetOf(executable: string, { name, os, cpu }: Platform): Promise<Target> {
  if (os === 'darwin') {
    const [major, minor] = await oldestMacos(executable)
    // From macOS 11 on, installers know no minor versions: a tag with one fits nowhere, and omitting it would
    // promise too much.
    const floor = [major >= 11 && minor > 0 ? major + 1 : major, major >= 11 ? 0 : minor] as const
    return { tag: `macosx_${floor.join('_')}_arm64`, system: 'darwin', machine: 'arm64', floor }
  }
  const { machine, versions } = await elfNeeds(executable)
  if (machine !== (cpu === 'x64' ? 'x86_64' : 'aarch64')) {
    throw new Error(`${executable} is for ${machine}, and should be for ${name}`)
  }
  const floor = glibcFloor([...versions.values()].flat())
  if (!floor) throw new Error(`${executable} does not use glibc, and there is no tag for it but "linux"`)
  return { tag: `manylinux_${floor.join('_')}_${machine}`, system: 'linux', machine, floor }
}

/**
 * Returns the highest version such as `GLIBC_2.28`. Those of other libraries and `GLIBC_PRIVATE` don't count.
 */
function glibcFloor(versions: readonly string[]): readonly [number, number] | undefined {
  const glibc = versions.flatMap((name) => {
    const match = /^GLIBC_(\d+)\.(\d+)/.exec(name)
    return match ? [[Number(match[1]), Number(match[2])] as const] : []
  })
  return glibc.sort(([major, minor], [otherMajor, otherMinor]) => otherMajor - major || otherMinor - minor)[0]
}
