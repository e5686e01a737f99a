#!/usr/bin/env node
// Launcher only: the right runtime, the compile cache, then dist/. It must be readable by old versions of Node.
// Nothing is imported at the top: an `import` of Node's own modules costs more time than the whole launcher.

const OLDEST = 22

if (Number.parseInt(process.versions.node, 10) < OLDEST) {
  await handOver()
} else {
  useCompileCache()
  const { main } = await import('../dist/cli.js')
  await main(process.argv.slice(2))
}

/**
 * Compiled code is kept in the user's own cache directory. Never in the shared temporary directory, Node's default:
 * whoever may write there could put code into a run by root.
 */
function useCompileCache() {
  if (process.env.NODE_COMPILE_CACHE || process.env.NODE_DISABLE_COMPILE_CACHE) return
  const { XDG_CACHE_HOME: cache, HOME: home } = process.env
  const base = cache?.startsWith('/') ? cache : home?.startsWith('/') ? `${home}/.cache` : null
  if (base !== null) process.getBuiltinModule?.('node:module').enableCompileCache?.(`${base}/mathesarctl`)
}

/** A checkout has the runtime that it was tested with; with an older Node that one does the work. */
async function handOver() {
  const { existsSync } = await import('node:fs')
  const { fileURLToPath } = await import('node:url')
  const runtime = fileURLToPath(new URL('../node_modules/node/bin/node', import.meta.url))
  if (!existsSync(runtime)) {
    process.stderr.write(
      `mathesarctl needs Node.js ${OLDEST} or newer, and this is ${process.version}: install a newer one from https://nodejs.org/\n`,
    )
    process.exit(1)
  }
  const { spawn } = await import('node:child_process')
  const child = spawn(runtime, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: 'inherit',
  })
  // A terminal sends Ctrl-C to both processes; anything else reaches only this one and is passed on.
  process.on('SIGINT', () => {
    if (!process.stdin.isTTY) child.kill('SIGINT')
  })
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('error', (error) => {
    process.stderr.write(`mathesarctl cannot start ${runtime}: ${error.message}\n`)
    process.exit(1)
  })
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code ?? 1)
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.removeAllListeners(name)
    process.kill(process.pid, signal)
  })
}
