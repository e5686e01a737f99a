import { BUNDLED } from './bundled/description.ts'
import { RELEASE } from './release/description.ts'
import type { SourceDescription } from './types.ts'

export { bundledSource } from './bundled/source.ts'
export { releaseSource } from './release/source.ts'

/** Every source of schema SQL: a new one is a folder beside this file and a line here. */
export const SCHEMA_SOURCES: readonly SourceDescription[] = [BUNDLED, RELEASE]
