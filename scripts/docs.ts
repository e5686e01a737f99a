/** Writes docs/schema.md from the comments in the bundled SQL. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type SqlFile, schemaDoc } from './lib/schema-doc.ts'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const directory = join(root, 'src/schema/sql')
const files: SqlFile[] = readdirSync(directory)
  .filter((name) => name.endsWith('.sql'))
  .sort()
  .map((name) => ({ name, sql: readFileSync(join(directory, name), 'utf8') }))
writeFileSync(join(root, 'docs/schema.md'), schemaDoc(files))
