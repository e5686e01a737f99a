import type { RunOptions } from './events.ts'

/**
 * Returns options whose events name the database: several are worked on at the same time. A hint that one of
 * them has given already, by `hints`, is left out.
 */
export function eventsAbout<Options extends RunOptions>(
  name: string,
  options: Options,
  hints: Set<string>,
): Options {
  const { onProgress } = options
  if (onProgress === undefined) return options
  return {
    ...options,
    onProgress: (event) => {
      const isRepeated = event.type === 'warning' && hints.has(event.hint)
      if (event.type === 'warning') hints.add(event.hint)
      onProgress({ ...event, ...(isRepeated ? { hint: '' } : {}), database: name })
    },
  }
}
