import type { ProgressEvent } from '../databases/events.ts'
import { holderText } from '../databases/interface/lock-holder.ts'
import { tick } from './render/marks.ts'
import { printable } from './render/printable.ts'
import { type SpinnerLine, spinnerLine } from './spinner.ts'
import type { Terminal } from './terminal.ts'

/** Shows the events of a use case; `stop` clears the animated line, before anything else is written. */
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

/** Returns how far an install or a removal is, in one line. */
function progressText({ step, progress }: Extract<ProgressEvent, { type: 'progress' }>): string {
  const { done, total } = progress
  switch (progress.phase) {
    case 'install':
      return `${STEPS.install} ${progress.part} (${done} of ${total} objects)`
    case 'drop':
      return `${STEPS[step]} ${done} of ${total} objects`
    case 'convert':
      return `Converting the dependents: step ${done} of ${total}`
    case 'verify':
      return `Checking the values: step ${done} of ${total}`
    case 'analyze':
      return `Renewing the statistics: step ${done} of ${total}`
  }
}

/**
 * Shows a spinner with a counter on a terminal, otherwise a line for each tenth of the work, and every event
 * with --verbose. With --quiet and --json it shows nothing, and collects warnings.
 *
 * @param spinner the animated line, where a caller shows something else on it as well
 */
export function reportProgress(
  terminal: Terminal,
  spinner: SpinnerLine = spinnerLine(terminal),
): ProgressReport {
  const { show, stop, line } = spinner
  let tenth = 0
  // A dialogue that corrects a value runs all checks again; that of an unchanged name states nothing new.
  let shownName: string | null = null

  const report = (event: ProgressEvent) => {
    const about = event.database === undefined ? '' : `${printable(event.database, false)}: `
    switch (event.type) {
      case 'check': {
        const text = `${about}${event.check}: ${printable(event.detail, false)}`
        if (text === shownName) break
        if (event.check === 'name') shownName = text
        line(`${tick(terminal)} ${text}`)
        break
      }
      case 'step': {
        const text = `${about}${STEPS[event.step]} ${event.detail}`
        terminal.trace(text)
        show(text)
        break
      }
      case 'progress': {
        const { done, total } = event.progress
        const reached = Math.floor((10 * done) / Math.max(total, 1))
        const text = about + progressText(event)
        if (terminal.isVerbose) terminal.trace(text)
        else if (!terminal.isAnimated && reached !== tenth) terminal.info(text)
        tenth = reached
        show(text)
        break
      }
      case 'lock': {
        const text = `${about}Waiting for another run on the Mathesar schemas (${holderText(event.holder)})`
        line(printable(text, false))
        show(text)
        break
      }
      case 'retry':
        line(
          `${about}Another installer changes the Mathesar schemas at the same time; this install begins ` +
            `again: attempt ${event.attempt} of ${event.attempts}`,
        )
        break
      case 'lock-wait': {
        const { holder, seconds } = event
        const text =
          holder === null
            ? `Waiting for a lock on PostgreSQL's system catalogs for ${seconds} s`
            : `Waiting for a lock for ${seconds} s, behind another session (${holderText(holder)})`
        line(printable(about + text, false))
        break
      }
      case 'silence':
        line(`${about}No progress for ${event.seconds} s: the server has sent nothing.`)
        break
      case 'warning':
        stop()
        terminal.warn(about + event.message, event.hint)
        break
      case 'detail':
        if (terminal.isVerbose) {
          stop()
          terminal.trace(about + event.message)
        }
        break
    }
  }
  return { event: report, stop }
}
