import type { ProgressEvent, RunOptions } from '../events.ts'
import type { PlannedEntry, SourceEntry } from './types.ts'

/** Warnings about entries, until it is known what the import does with these. */
export interface HeldWarnings {
  /** Returns options whose warnings are held, as warnings about these entries. */
  about(entries: readonly SourceEntry[]): RunOptions
  /**
   * Reports each held warning once. One that is about unchanged entries alone becomes a detail: an earlier
   * run reported it, or nothing follows from it.
   */
  release(planned: readonly PlannedEntry[]): void
}

type Warning = ProgressEvent & { type: 'warning' }

/** Returns a place for warnings that wait for the plan. */
export function holdWarnings({ onProgress, ...options }: RunOptions): HeldWarnings {
  const held = new Map<string, { warning: Warning; entries: Set<SourceEntry> }>()
  return {
    about: (entries) =>
      onProgress === undefined
        ? options
        : {
            ...options,
            onProgress: (event) => {
              if (event.type !== 'warning') return onProgress(event)
              const known = held.get(event.message) ?? { warning: event, entries: new Set() }
              for (const entry of entries) known.entries.add(entry)
              held.set(event.message, known)
            },
          },
    release: (planned) => {
      const unchanged = new Set(planned.filter(({ action }) => action === 'none').map(({ entry }) => entry))
      for (const { warning, entries } of held.values()) {
        const isSettled = [...entries].every((entry) => unchanged.has(entry))
        onProgress?.(isSettled ? { type: 'detail', message: warning.message } : warning)
      }
      held.clear()
    },
  }
}
