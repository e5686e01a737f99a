/** Writes docs/schema.md from the comments in the bundled SQL. */
import { writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { schemaDoc, sqlFiles } from './lib/schema-doc.ts'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
writeFileSync(join(root, 'docs/schema.md'), schemaDoc(sqlFiles()))
