import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, posix, relative, sep } from 'node:path'
import { repository } from './program.ts'

/** One import of a module, with paths from `src`. */
export interface Import {
  from: string
  /** The path of a module of this program, or the name of a package. */
  to: string
  isTypeOnly: boolean
}

const STATEMENT = /\b(?:import|export)(\s+type)?\s(?:[^'"`;]*?\sfrom\s+)?'([^'\n]+)'|\bimport\('([^'\n]+)'\)/g

/** Returns all imports below `src`, of types too. */
export function readImports(): Import[] {
  const source = join(repository, 'src')
  return readdirSync(source, { recursive: true, withFileTypes: true })
    .filter(({ name }) => name.endsWith('.ts') && !name.endsWith('.d.ts'))
    .flatMap((entry) => {
      const path = join(entry.parentPath, entry.name)
      const from = relative(source, path).split(sep).join('/')
      return [...readFileSync(path, 'utf8').matchAll(STATEMENT)].map(([, type, target, dynamic]): Import => {
        const to = target ?? dynamic ?? ''
        return {
          from,
          to: to.startsWith('.') ? posix.join(dirname(from), to) : to,
          isTypeOnly: type !== undefined,
        }
      })
    })
}

/** Returns the groups of modules that import one another in a circle, each sorted by name. */
export function findCircles(imports: readonly Import[]): string[][] {
  const targets = new Map<string, string[]>()
  for (const { from, to } of imports) targets.set(from, [...(targets.get(from) ?? []), to])
  const reached = new Map<string, Set<string>>()
  for (const start of targets.keys()) {
    const seen = new Set<string>()
    const waiting = [...(targets.get(start) ?? [])]
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      if (seen.has(next)) continue
      seen.add(next)
      waiting.push(...(targets.get(next) ?? []))
    }
    reached.set(start, seen)
  }
  const circles = [...targets.keys()]
    .filter((module) => reached.get(module)?.has(module))
    .map((module) =>
      [...targets.keys()].filter(
        (other) => reached.get(module)?.has(other) && reached.get(other)?.has(module),
      ),
    )
    .map((circle) => circle.sort())
  return [...new Map(circles.map((circle) => [circle.join(), circle])).values()]
}
