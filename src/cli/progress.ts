import type { ProgressEvent } from '../databases/events.ts'
import { printable } from './render/printable.ts'
import { spinnerLine } from './spinner.ts'
import type { Terminal } from './terminal.ts'

/** Shows the events of a use case; `stop` clears what is animated, before anything else is written. */
export interface ProgressReport {
  event: (event: ProgressEvent) => void
  stop: () => void
}

const STEPS: Record<Extract<ProgressEvent, { type: 'step' }>['step'], string> = {
  connect: 'Connecting to',
  'create-database': 'Creating',
  install: 'Installing the Mathesar schemas:',
  remove: 'Removing the Mathesar schemas:',
  rehearse: 'Rehearsing the removal of the Mathesar schemas:',
  store: 'Storing the credentials, encrypted, in',
}

/** What a removal is at, by the topic of its progress. */
const REMOVAL: Readonly<Record<string, string>> = {
  convert: 'Converting what depends on them: step',
  verify: 'Checking the values: step',
  analyse: 'Bringing the statistics back: step',
}

/** How far an install or a removal is, in one line. */
export function objectsText({
  action,
  topic,
  done,
  total,
}: Extract<ProgressEvent, { type: 'objects' }>): string {
  return action === 'install'
    ? `Installing the Mathesar schemas: ${topic} (${done} of ${total} objects)`
    : topic in REMOVAL
      ? `${REMOVAL[topic]} ${done} of ${total}`
      : `${STEPS[action]} ${done} of ${total} objects`
}

/**
 * On a terminal a spinner with a counter of objects; otherwise a line for each tenth of the objects; with --verbose every event.
 * With --quiet and --json nothing but collected warnings.
 */
export function reportProgress(terminal: Terminal): ProgressReport {
  const { show, stop, line } = spinnerLine(terminal)
  let tenth = 0
  const tick = terminal.unicode ? '✓' : '*'

  const event = (progress: ProgressEvent) => {
    switch (progress.type) {
      case 'check':
        line(`${terminal.style.green(tick)} ${progress.check}: ${printable(progress.detail, false)}`)
        break
      case 'step':
        terminal.detail(`${STEPS[progress.step]} ${progress.detail}`)
        show(`${STEPS[progress.step]} ${progress.detail}`)
        break
      case 'objects': {
        const share = Math.floor((10 * progress.done) / Math.max(progress.total, 1))
        const state = objectsText(progress)
        if (terminal.verbose) terminal.detail(state)
        else if (!terminal.animated && share !== tenth) terminal.say(state)
        tenth = share
        show(state)
        break
      }
      case 'warning':
        stop()
        terminal.warn(progress.message, progress.hint)
        break
      case 'detail':
        if (terminal.verbose) {
          stop()
          terminal.detail(progress.message)
        }
        break
    }
  }
  return { event, stop }
}
