/** What the command line uses of this folder. It loads it only where something is built. */
export { buildArtifacts } from './build.ts'
export { payloadFrom } from './payloads/index.ts'
