import { relative, resolve } from 'node:path'
import { composeArguments, findComposeProject } from '../../../../databases/interface/compose.ts'
import { shellQuoted, toRun } from '../../../../hint.ts'
import type { KeyPlace } from '../../../../secrets/secret-key.ts'
import type { LiveMathesar } from '../../../settings/live.ts'

export const SESSIONS = 'All web sessions end: everybody logs in again.'

/**
 * Returns how to start Mathesar with the key that was set. Compose recreates a container if its environment
 * has changed, and leaves it alone if only a mounted file has; a restart keeps the old environment.
 *
 * @param place where the key was set
 */
export function restartStep(place: KeyPlace, live: LiveMathesar | null): string {
  const project = live?.envFile ? findComposeProject(live.envFile) : null
  const isFile = place.kind === 'file'
  if (project !== null && live?.envFile) {
    const directory = resolve(project.directory)
    const enter = directory === process.cwd() ? '' : `cd ${shellQuoted(directory)} && `
    const { envFile, files } = composeArguments(live.envFile, project)
    const flags = [
      ...(envFile === null ? [] : [['--env-file', envFile] as const]),
      ...files.map((file) => ['-f', file] as const),
    ].map(([flag, path]) => ` ${flag} ${shellQuoted(relative(directory, resolve(path)))}`)
    const action = isFile ? `restart ${shellQuoted(project.service)}` : 'up -d'
    const command = `docker compose${flags.join('')} ${action}`
    return toRun(
      isFile
        ? `Then restart the container of Mathesar, which reads the file when it starts. ${SESSIONS} Run:`
        : `Then recreate the container of Mathesar, since a restart keeps its old environment. ${SESSIONS} Run:`,
      enter === '' ? command : `(${enter}${command})`,
    )
  }
  if (live?.isInContainer !== true) return `Then restart Mathesar. ${SESSIONS}`
  return isFile
    ? `Then restart the container of Mathesar (docker compose restart). ${SESSIONS}`
    : `Then recreate the container of Mathesar (docker compose up -d), since a restart keeps its old environment. ${SESSIONS}`
}
