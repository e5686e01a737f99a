import type { Format, FormatName } from '../types.ts'

/** All formats. */
export const FORMATS: Readonly<Record<FormatName, () => Promise<Format>>> = {
  binary: async () => (await import('./binary.ts')).binary,
  deb: async () => (await import('./deb.ts')).deb,
  npm: async () => (await import('./npm.ts')).npm,
}
