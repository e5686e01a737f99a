/** Every source of schema SQL; a new one is a file beside this and a line here. */
export { bundledSource } from './bundled.ts'
export type { SchemaSource, SqlTopic } from './types.ts'
