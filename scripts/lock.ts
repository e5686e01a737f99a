/**
 * `npm run lock`: completes package-lock.json after `npm install` has written it.
 *
 * npm omits two facts that `npm ci` needs: that it must not compile a package with a binding.gyp (`gypfile:
 * false` in the package.json of the package), and optional packages for other platforms that the registry's
 * mirror lacks.
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

for (const [directory, entry] of Object.entries(lock.packages)) {
  if (!directory.startsWith('node_modules/')) continue
  if (!('os' in entry) && installedManifest(directory).gypfile === false) entry.gypfile = false
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const optional = `node_modules/${name}`
    if (!(optional in lock.packages)) lock.packages[optional] = platformEntry(name, version, entry)
  }
}
const { '': own = {}, ...rest } = lock.packages
const sorted = Object.fromEntries(Object.entries(rest).sort(([a], [b]) => (a < b ? -1 : 1)))
writeFileSync(path, `${JSON.stringify({ ...lock, packages: { '': own, ...sorted } }, null, 2)}\n`)

/** Returns the package.json of an installed package, or `{}` if npm did not install it on this platform. */
function installedManifest(directory: string): { gypfile?: boolean } {
  try {
    return JSON.parse(readFileSync(join(root, directory, 'package.json'), 'utf8')) as { gypfile?: boolean }
  } catch {
    return {}
  }
}

/**
 * Returns an entry for a package whose name ends in platform, processor and perhaps libc:
 * `cli-linux-x64-musl`.
 */
function platformEntry(name: string, version: string, parent: Entry): Entry {
  const match = /-(android|darwin|linux|win32)-(arm64|x64)(?:-(musl))?$/.exec(name)
  if (!match) throw new Error(`${name} is not in the lock file, and its name does not contain a platform`)
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
