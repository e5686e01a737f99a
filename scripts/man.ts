/** Writes man/ from the command tree, with one page for the program and one for each command group. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { manPages } from './lib/man-pages.ts'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const directory = join(root, 'man')
const source = (file: string) => readFileSync(join(root, file), 'utf8')
const pages = manPages({ changelog: source('CHANGELOG.md'), control: source('debian/control') })
mkdirSync(directory, { recursive: true })
for (const name of readdirSync(directory)) if (name.endsWith('.1')) rmSync(join(directory, name))
for (const [name, text] of pages) writeFileSync(join(directory, name), text)
