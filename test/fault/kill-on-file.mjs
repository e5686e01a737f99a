// Loaded into the program before it runs: kills it before the call of the file system that changes a file of
// a secret key for the nth time, counted by KILL_AT.
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

let left = Number(process.env.KILL_AT)
for (const call of ['openSync', 'linkSync', 'renameSync', 'rmSync']) {
  const original = fs[call]
  fs[call] = (...values) => {
    const isKeys = values.some((value) => typeof value === 'string' && value.includes('secret_key'))
    const isChange = call !== 'openSync' || values[1] === 'wx'
    if (isKeys && isChange && --left === 0) process.kill(process.pid, 'SIGKILL')
    return original(...values)
  }
}
syncBuiltinESMExports()
