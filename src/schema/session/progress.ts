import { quoteLiteral } from '../../postgres/quote.ts'
import type { ServerNotice } from '../../postgres/types.ts'
import type { InstallProgress } from '../types.ts'

/**
 * A script tells how far it is by notices: the server sends each the moment it is raised, while a result would have to
 * wait for the end of the message. INFO is the level that reaches the client whatever `client_min_messages` is.
 */
const MARK = 'mathesarctl progress'

/** At most this many objects are made between two notices. */
export const OBJECTS_PER_NOTICE = 25

/** The text of a notice, to be read by `progressOf`. */
export function progressText({ topic, done, total }: InstallProgress): string {
  return `${MARK} ${encodeURIComponent(topic)} ${done} ${total}`
}

/** A statement that raises one such notice. */
export function progressStatement(progress: InstallProgress): string {
  return `DO $progress$ BEGIN RAISE INFO '%', ${quoteLiteral(progressText(progress))}; END $progress$;`
}

/** Reads a notice; `null` if it is not one of a script's own. */
export function progressOf(notice: ServerNotice): InstallProgress | null {
  const match = /^mathesarctl progress (\S+) (\d+) (\d+)$/.exec(notice.message)
  const [, topic, done, total] = match ?? []
  if (notice.severity !== 'INFO' || !topic || done === undefined || total === undefined) return null
  return { topic: decodeURIComponent(topic), done: Number(done), total: Number(total) }
}

/** What hands a script's notices on: progress to the one, all others as text to the other. */
export function noticeReader(options: {
  onProgress?: (progress: InstallProgress) => void
  onNotice?: (message: string) => void
}): (notice: ServerNotice) => void {
  return (notice) => {
    const progress = progressOf(notice)
    if (progress) options.onProgress?.(progress)
    else options.onNotice?.(`${notice.severity}: ${notice.message}`)
  }
}
