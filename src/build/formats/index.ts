import type { Format, FormatName } from '../types.ts'

/** All formats. */
export const FORMATS: Readonly<Record<FormatName, () => Promise<Format>>> = {
  binary: async () => (await import('./binary.ts')).binary,
  npm: async () => (await import('./npm.ts')).npm,
}
