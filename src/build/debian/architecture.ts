import type { Platform } from '../platforms.ts'

/**
 * Returns Debian's name of an architecture (`dpkg --print-architecture`); `null` for a platform that is not
 * Linux.
 */
export function debArchitecture({ os, cpu }: Platform): 'amd64' | 'arm64' | null {
  if (os !== 'linux') return null
  return cpu === 'x64' ? 'amd64' : 'arm64'
}
