import type { BlockingSession, ServerNotice } from '../../postgres/types.ts'

/** Another session that holds a lock. */
export interface LockHolder extends BlockingSession {
  /** The relation that it has locked; `null` for relations of PostgreSQL, and for other objects. */
  relation: string | null
}

/** How the text of a notice begins that reports the session for which a statement waits. */
export const HOLDER_MARK = 'mathesarctl waits for'

/** Decodes the session in a notice; returns `null` for any other notice. */
export function decodeHolder({ severity, message }: ServerNotice): LockHolder | null {
  if (severity !== 'INFO' || !message.startsWith(`${HOLDER_MARK} `)) return null
  try {
    const value: unknown = JSON.parse(message.slice(HOLDER_MARK.length))
    return isHolder(value) ? value : null
  } catch {
    // Somebody else's notice, which only looks like one.
    return null
  }
}

function isHolder(value: unknown): value is LockHolder {
  if (typeof value !== 'object' || value === null) return false
  const { pid, applicationName, role, since, relation } = value as Record<string, unknown>
  const isTextOrNull = (text: unknown) => text === null || typeof text === 'string'
  return (
    typeof pid === 'number' &&
    typeof applicationName === 'string' &&
    [role, since, relation].every(isTextOrNull)
  )
}

/** Returns the session in words, such as `process 71, application psql, role "ann", since …`. */
export function holderText({ pid, applicationName, role, since }: BlockingSession): string {
  return [
    `process ${pid}`,
    ...(applicationName === '' ? [] : [`application ${applicationName}`]),
    ...(role === null ? [] : [`role "${role}"`]),
    ...(since === null ? [] : [`since ${since}`]),
  ].join(', ')
}
