import type { Format, FormatName } from '../types.ts'

/** All formats. */
export const FORMATS: Readonly<Record<FormatName, () => Promise<Format>>> = {
  binary: async () => (await import('./binary/index.ts')).binary,
  deb: async () => (await import('./deb/index.ts')).deb,
  'apt-repo': async () => (await import('./apt-repo/index.ts')).aptRepo,
  npm: async () => (await import('./npm/index.ts')).npm,
  pypi: async () => (await import('./pypi/index.ts')).pypi,
}
