import type { FormatDescription } from '../flags.ts'

export const BINARY: FormatDescription<'binary', Record<never, never>> = {
  name: 'binary',
  summary: 'single executable that needs no Node',
  flags: {},
}
