import type { Format, FormatName } from '../types.ts'

/** All formats. */
export const FORMATS: Readonly<Record<FormatName, () => Promise<Format>>> = {
  npm: async () => (await import('./npm.ts')).npm,
}
