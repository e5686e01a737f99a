import { elfNeeds } from '../../binaries/elf.ts'
import { oldestMacos } from '../../binaries/mach-o.ts'
import type { Platform } from '../../platforms.ts'

/** What a machine must have for an executable to run there, and the tag by which installers know it. */
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
 * Reads from the executable itself where it runs, so that the tag is true: glibc refuses to start what asks for versions of
 * symbols that it does not have, and macOS what was linked for a newer one.
 */
export async function targetOf(executable: string, { name, os, cpu }: Platform): Promise<Target> {
  if (os === 'darwin') {
    const [major, minor] = await oldestMacos(executable)
    // Installers know no minor versions from macOS 11 on: a tag with one would fit nowhere, and leaving it out would lie.
    const floor = [major >= 11 && minor > 0 ? major + 1 : major, major >= 11 ? 0 : minor] as const
    return { tag: `macosx_${floor.join('_')}_arm64`, system: 'darwin', machine: 'arm64', floor }
  }
  const { machine, versions } = await elfNeeds(executable)
  if (machine !== (cpu === 'x64' ? 'x86_64' : 'aarch64')) {
    throw new Error(`${executable} is for ${machine}, and was to be for ${name}`)
  }
  const floor = glibcFloor([...versions.values()].flat())
  if (!floor) throw new Error(`${executable} does not use glibc, and there is no tag for it but "linux"`)
  return { tag: `manylinux_${floor.join('_')}_${machine}`, system: 'linux', machine, floor }
}

/** The highest of the versions such as `GLIBC_2.28`; those of other libraries and `GLIBC_PRIVATE` don't count. */
function glibcFloor(versions: readonly string[]): readonly [number, number] | undefined {
  const found = versions.flatMap((name) => {
    const match = /^GLIBC_(\d+)\.(\d+)/.exec(name)
    return match ? [[Number(match[1]), Number(match[2])] as const] : []
  })
  return found.sort(([major, minor], [otherMajor, otherMinor]) => otherMajor - major || otherMinor - minor)[0]
}
