import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as zod from 'zod'
import type { Platform } from '../../platforms.ts'
import type { Component } from '../../types.ts'
import type { Checkout } from './checkout.ts'
import { RUNTIMES } from './node-packages.ts'

const DEPENDENCY = zod.object({ name: zod.string(), version: zod.string(), license: zod.string() })

const COMPONENTS = zod.array(
  zod.object({ name: zod.string(), version: zod.string(), license: zod.string(), purl: zod.string() }),
)

/**
 * Returns the parts of this tool that others wrote: the packages in its bundles, which scripts/build.ts
 * lists, those that npm installs with it, and the Node of its executables.
 */
export function componentsOf({ root, dependencies }: Checkout): Component[] {
  const installed = dependencies.map((name) => {
    const dependency = DEPENDENCY.parse(
      JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8')),
    )
    return { ...dependency, purl: `pkg:npm/${name}@${dependency.version}` }
  })
  return [...bundledPackages(root), ...installed, ...[...new Set(Object.values(RUNTIMES))].map(runtime)]
}

/** Returns the parts of the executable for a platform that others wrote. */
export function executableComponents({ root }: Pick<Checkout, 'root'>, { name }: Platform): Component[] {
  return [...bundledPackages(root), runtime(RUNTIMES[name])]
}

function bundledPackages(root: string): Component[] {
  return COMPONENTS.parse(JSON.parse(readFileSync(join(root, 'dist/bundled.json'), 'utf8')))
}

function runtime(version: string): Component {
  return { name: 'node', version, license: 'MIT', purl: `pkg:generic/node@${version}` }
}
