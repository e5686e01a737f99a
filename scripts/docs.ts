/** Writes docs/schema.md from the comments in the bundled SQL, and docs/json/ from src/cli/json. */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { jsonDocs } from './lib/json-schemas.ts'
import { schemaDoc, sqlFiles } from './lib/schema-doc.ts'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
writeFileSync(join(root, 'docs/schema.md'), schemaDoc(sqlFiles()))

const directory = join(root, 'docs/json')
mkdirSync(directory, { recursive: true })
for (const name of readdirSync(directory)) rmSync(join(directory, name))
for (const [name, text] of jsonDocs()) writeFileSync(join(directory, name), text)
