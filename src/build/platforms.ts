import { usageError } from '../errors.ts'

/** The names of all platforms, as the command line and JSON have them. */
export const PLATFORM_NAMES = ['linux-x64', 'linux-arm64', 'darwin-arm64'] as const

export type PlatformName = (typeof PLATFORM_NAMES)[number]

/** A kind of machine that artifacts are for; Node names operating systems and processors the same. */
export interface Platform {
  readonly name: PlatformName
  readonly os: 'linux' | 'darwin'
  readonly cpu: 'x64' | 'arm64'
}

const PLATFORMS: Readonly<Record<PlatformName, Platform>> = {
  'linux-x64': { name: 'linux-x64', os: 'linux', cpu: 'x64' },
  'linux-arm64': { name: 'linux-arm64', os: 'linux', cpu: 'arm64' },
  'darwin-arm64': { name: 'darwin-arm64', os: 'darwin', cpu: 'arm64' },
}

export function platform(name: PlatformName): Platform {
  return PLATFORMS[name]
}

/**
 * Returns the platform that this process runs on.
 *
 * Errors: `USAGE` if no artifacts are built for it.
 */
export function hostPlatform(os: string = process.platform, cpu: string = process.arch): Platform {
  const host = Object.values(PLATFORMS).find((one) => one.os === os && one.cpu === cpu)
  if (host) return host
  throw usageError(
    `There are no packages for this machine (${os}, ${cpu}).`,
    `Name the machines that the packages are for: --platform ${PLATFORM_NAMES.join(', ')}.`,
    'platform',
  )
}
