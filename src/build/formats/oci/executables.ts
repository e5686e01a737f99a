import { basename } from 'node:path'
import { type OperatorError, usageError } from '../../../errors.ts'
import { fileReason, systemErrorCode } from '../../../files/file-reason.ts'
import { elfNeeds } from '../../binaries/elf.ts'
import type { PlatformName } from '../../platforms.ts'
import type { BuildPlan } from '../types.ts'

const PLATFORMS = { x86_64: 'linux-x64', aarch64: 'linux-arm64' } as const

/**
 * Returns the executables that the operator passed, by the platform that each is for.
 *
 * Errors: `USAGE` if a file is not an executable for Linux, or if two are for the same platform.
 */
export async function executablesByPlatform(
  paths: readonly string[],
): Promise<ReadonlyMap<PlatformName, string>> {
  const executables = new Map<PlatformName, string>()
  for (const path of paths) {
    const name = PLATFORMS[await machineOf(path)]
    const other = executables.get(name)
    if (other !== undefined) {
      throw usageError(
        `${basename(other)} and ${basename(path)} are both executables for ${name}.`,
        'Pass one executable for each platform.',
        'executable',
      )
    }
    executables.set(name, path)
  }
  return executables
}

/**
 * Checks the executables that the operator passed, before anything is built.
 *
 * Errors: those of `executablesByPlatform`; `USAGE` for another program or version, and for a platform
 * that is not built.
 */
export async function checkExecutables(
  paths: readonly string[],
  { name, version, platforms, isOwnExecutable }: ExecutablePlan,
): Promise<void> {
  for (const [platformName, path] of await executablesByPlatform(paths)) {
    if (!platforms.some((one) => one.name === platformName)) {
      throw usageError(
        `${path} is an executable for ${platformName}, and the run builds no image for that platform.`,
        `Add ${platformName} to --platform, or leave the file out.`,
        'executable',
      )
    }
    if (!(await isOwnExecutable(path))) {
      throw contentError(path, `it is not an executable of ${name} ${version}`)
    }
  }
}

type ExecutablePlan = Pick<BuildPlan, 'name' | 'version' | 'platforms' | 'isOwnExecutable'>

async function machineOf(path: string): Promise<keyof typeof PLATFORMS> {
  try {
    return (await elfNeeds(path)).machine
  } catch (error) {
    const reason = systemErrorCode(error) === null ? 'it is not an executable for Linux' : fileReason(error)
    throw contentError(path, reason)
  }
}

function contentError(path: string, reason: string): OperatorError {
  return usageError(
    `The image can't contain ${path}: ${reason}.`,
    'Pass executables that "mathesarctl build binary" wrote for linux-x64 and linux-arm64, of this version.',
    'executable',
  )
}
