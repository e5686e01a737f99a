import type { FormatDescription } from '../flags.ts'

export const NPM: FormatDescription<'npm', Record<never, never>> = {
  name: 'npm',
  summary: 'tarball for npm install and npm publish',
  flags: {},
}
