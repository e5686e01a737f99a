import type { ProgressEvent } from '../../../../databases/events.ts'
import type { DatabaseUpgrade } from '../../../../databases/upgrade/index.ts'
import { reportProgress } from '../../../progress.ts'
import { printable } from '../../../render/printable.ts'
import { spinnerLine } from '../../../spinner.ts'
import type { Terminal } from '../../../terminal.ts'
import { resultLine } from './render.ts'

/** Shows how an upgrade of several databases goes. */
export interface UpgradeProgress {
  event: (event: ProgressEvent) => void
  looked: (done: number, total: number) => void
  /** States on how many databases something is done. */
  begin: (total: number) => void
  finished: (upgrade: DatabaseUpgrade) => void
  stop: () => void
}

/**
 * Shows a line for each database that is finished, and on a terminal below them one that moves: how many are
 * done, and how far the others are. With --quiet and --json it shows nothing, and collects warnings.
 */
export function upgradeProgress(terminal: Terminal): UpgradeProgress {
  const spinner = spinnerLine(terminal)
  const others = reportProgress(terminal, spinner)
  const running = new Map<string, string>()
  let done = 0
  let all = 0
  const draw = () => {
    if (running.size === 0) return
    const parts = [...running].map(([name, percent]) => `${printable(name, false)}${percent}`)
    spinner.show(`${done} of ${all} done; upgrading ${parts.join(', ')}`)
  }
  return {
    event(event) {
      const { database } = event
      if (event.type === 'check') return
      if (database !== undefined && (event.type === 'step' || event.type === 'progress')) {
        if (event.type === 'step' && event.step !== 'install') return
        const percent =
          event.type === 'step'
            ? ''
            : ` ${Math.floor((100 * event.progress.done) / Math.max(event.progress.total, 1))}%`
        running.set(database, percent)
      } else others.event(event)
      draw()
    },
    looked(looked, total) {
      if (looked < total) spinner.show(`Looking at ${total} databases: ${looked} done`)
      else spinner.stop()
    },
    begin(total) {
      all = total
    },
    finished(upgrade) {
      running.delete(upgrade.name)
      done++
      spinner.line(resultLine(upgrade, terminal))
      if (running.size === 0) spinner.stop()
      draw()
    },
    stop: spinner.stop,
  }
}
