import { usageError } from '../errors.ts'
import { PLATFORM_NAMES } from './names.ts'
import type { Platform, PlatformName } from './types.ts'

const PLATFORMS: Readonly<Record<PlatformName, Platform>> = {
  'linux-x64': { name: 'linux-x64', os: 'linux', cpu: 'x64' },
  'linux-arm64': { name: 'linux-arm64', os: 'linux', cpu: 'arm64' },
  'darwin-arm64': { name: 'darwin-arm64', os: 'darwin', cpu: 'arm64' },
}

export function platform(name: PlatformName): Platform {
  return PLATFORMS[name]
}

/** The platform that this process runs on. Errors: `USAGE` where it is none that artefacts are made for. */
export function hostPlatform(os: string = process.platform, cpu: string = process.arch): Platform {
  const found = Object.values(PLATFORMS).find((one) => one.os === os && one.cpu === cpu)
  if (found) return found
  throw usageError(
    `There are no packages for this machine (${os}, ${cpu}).`,
    `Say which machines they are for: --platform ${PLATFORM_NAMES.join(', ')}.`,
    'platform',
  )
}

/** Debian's name of a platform's architecture (`dpkg --print-architecture`); `null` where Debian is not meant. */
export function debArchitecture({ os, cpu }: Platform): 'amd64' | 'arm64' | null {
  return os === 'linux' ? (cpu === 'x64' ? 'amd64' : 'arm64') : null
}
