import type { CommitMark, OperationProgress } from './types.ts'

/** Returns a mark as the text that journals store. */
export function markToText({ transactionId, databaseOid, startedAt, systemIdentifier }: CommitMark): string {
  return JSON.stringify({ transactionId, databaseOid, startedAt, systemIdentifier })
}

/** Returns the progress that a journal stores. A mark that can't be read proves nothing. */
export function toProgress(phase: OperationProgress['phase'], markText: string | null): OperationProgress {
  if (phase !== 'committing') return { phase }
  const mark = markFromText(markText)
  return mark === null ? { phase: 'unknown' } : { phase, mark }
}

function markFromText(text: string | null): CommitMark | null {
  let read: Partial<Record<keyof CommitMark, unknown>>
  try {
    read = Object(JSON.parse(text ?? 'null'))
  } catch {
    return null
  }
  const { transactionId, databaseOid, startedAt, systemIdentifier } = read
  if (typeof transactionId !== 'string' || !/^\d{1,20}$/.test(transactionId)) return null
  if (typeof databaseOid !== 'number' || typeof startedAt !== 'string') return null
  return {
    transactionId,
    databaseOid,
    startedAt,
    systemIdentifier: typeof systemIdentifier === 'string' ? systemIdentifier : null,
  }
}
