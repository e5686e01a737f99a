import type { Program } from '../types.ts'

export const NPM_PROGRAM: Program = {
  name: 'npm',
  install: 'install Node.js with npm, https://nodejs.org/',
}
