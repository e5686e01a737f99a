/**
 * Mends package-lock.json after `npm install` has written it (`npm run lock`).
 *
 * npm leaves two things out that `npm ci` then misses: that a package with a binding.gyp is not to be compiled
 * (`gypfile: false` in its own package.json), and optional packages for other platforms that the registry's mirror at
 * hand does not carry.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

interface Entry {
  version?: string
  optionalDependencies?: Record<string, string>
  [field: string]: unknown
}

const root = fileURLToPath(new URL('..', import.meta.url))
const path = join(root, 'package-lock.json')
const lock = JSON.parse(readFileSync(path, 'utf8')) as { packages: Record<string, Entry> }

for (const [place, entry] of Object.entries(lock.packages)) {
  if (!place.startsWith('node_modules/')) continue
  if (!('os' in entry) && installed(place).gypfile === false) entry.gypfile = false
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const other = `node_modules/${name}`
    if (!(other in lock.packages)) lock.packages[other] = platformEntry(name, version, entry)
  }
}
const { '': own = {}, ...rest } = lock.packages
const sorted = Object.fromEntries(Object.entries(rest).sort(([a], [b]) => (a < b ? -1 : 1)))
writeFileSync(path, `${JSON.stringify({ ...lock, packages: { '': own, ...sorted } }, null, 2)}\n`)

/** The package.json that is installed, or nothing where the platform left it out. */
function installed(place: string): { gypfile?: boolean } {
  try {
    return JSON.parse(readFileSync(join(root, place, 'package.json'), 'utf8')) as { gypfile?: boolean }
  } catch {
    return {}
  }
}

/** An entry for a package whose name ends in platform, processor and perhaps libc, as `cli-linux-x64-musl`. */
function platformEntry(name: string, version: string, parent: Entry): Entry {
  const match = /-(android|darwin|linux|win32)-(arm64|x64)(?:-(musl))?$/.exec(name)
  if (!match)
    throw new Error(`${name} is not in the lock file, and its name does not say for which platform it is`)
  const [, os, cpu, libc] = match
  return {
    version,
    cpu: [cpu],
    ...(parent.dev ? { dev: true } : {}),
    ...(libc ? { libc: [libc] } : {}),
    license: parent.license,
    optional: true,
    os: [os],
  }
}
