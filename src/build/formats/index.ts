import type { Format, FormatName } from '../types.ts'

/** All formats. */
export const FORMATS: Readonly<Record<FormatName, () => Promise<Format>>> = {
  binary: async () => (await import('./binary.ts')).binary,
  deb: async () => (await import('./deb.ts')).deb,
  'apt-repo': async () => (await import('./apt-repo.ts')).aptRepo,
  npm: async () => (await import('./npm.ts')).npm,
  pypi: async () => (await import('./pypi.ts')).pypi,
}
