// A process of its own for the tests of locks: worker.ts hold|count PATH [TIMES]. It reports in lines on
// stdout.
import { readFileSync, writeFileSync } from 'node:fs'
import { acquireLock } from '../../src/locks/process-lock.ts'

const [task, path = '', times = '0'] = process.argv.slice(2)

if (task === 'hold') {
  const lock = acquireLock(path)
  console.log(lock === null ? 'refused' : 'held')
  // A connection that is collected as garbage is closed, and its lock released.
  if (lock) setInterval(() => lock, 60_000)
} else {
  const counter = `${path}.counter`
  for (let count = 0; count < Number(times); ) {
    const lock = acquireLock(path, { waitMs: 5 })
    if (lock === null) continue
    writeFileSync(counter, String(Number(readFileSync(counter, 'utf8')) + 1))
    // Deleting the file is the harder case: another process may have it open already.
    if (count % 3 === 0) lock.release()
    else lock.remove()
    count++
  }
  console.log('done')
}
