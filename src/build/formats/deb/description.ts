import type { FormatDescription } from '../flags.ts'

export const DEB: FormatDescription<'deb', Record<never, never>> = {
  name: 'deb',
  summary: 'package for Debian and Ubuntu',
  flags: {},
}
