/** What the command line takes of this room, loaded only where something is built. */
export { buildArtefacts } from './build.ts'
export { mathesarctlPayload } from './payloads/mathesarctl/index.ts'
export { hostPlatform, platform } from './platforms.ts'
