#!/usr/bin/env sh
':' //; exec node -- "$0" "$@"
// A shell runs the line above, and starts Node with this file. Without the --, Node itself uses the flag
// --env-file of this program: it loads the file, obeys a NODE_OPTIONS in it before this program has examined
// whose file it is, and ends with a message of its own if the file is missing.
//
// The launcher selects the runtime, enables the compile cache, and runs dist/. Old versions of Node must be
// able to parse it. It imports nothing at the top: an `import` of Node's own modules costs more time than the
// whole launcher.

const OLDEST = 22

if (Number.parseInt(process.versions.node, 10) < OLDEST) {
  await runWithOwnNode()
} else {
  useCompileCache()
  const { main } = await import('../dist/cli.js')
  await main(process.argv.slice(2))
}

/**
 * Caches compiled code in the user's own cache directory. It never uses the shared temporary directory,
 * Node's default, because another user who can write there could inject code into a run by root. For the same
 * reason it does not use a directory that another user owns or can write to, such as the cache of the user
 * whose HOME sudo kept.
 */
function useCompileCache() {
  if (process.env.NODE_COMPILE_CACHE || process.env.NODE_DISABLE_COMPILE_CACHE) return
  const { XDG_CACHE_HOME: cache, HOME: home } = process.env
  const base = cache?.startsWith('/') ? cache : home?.startsWith('/') ? `${home}/.cache` : null
  const { enableCompileCache } = process.getBuiltinModule?.('node:module') ?? {}
  if (base === null || !enableCompileCache || !process.geteuid) return
  const fs = process.getBuiltinModule('node:fs')
  // A home directory that does not exist is that of a user who is to have none.
  if (base !== cache && !fs.existsSync(home)) return
  const directory = ownDirectory(`${base}/mathesarctl/code`, fs)
  if (directory === null) return
  // Node creates subdirectories.
  const umask = process.umask(0o077)
  enableCompileCache(directory)
  process.umask(umask)
}

/**
 * Returns the path of a directory without symbolic links, and creates the missing directories of the path.
 * Returns `null` and creates nothing if anyone but this user and root can change the directory, its contents
 * or its path.
 */
function ownDirectory(path, { lstatSync, mkdirSync, realpathSync }) {
  const self = process.geteuid()
  try {
    const missing = []
    let existing = path
    while (!lstatSync(existing, { throwIfNoEntry: false })) {
      missing.unshift(existing.slice(existing.lastIndexOf('/')))
      existing = existing.slice(0, existing.lastIndexOf('/')) || '/'
    }
    const real = realpathSync(existing)
    const names = real.split('/').slice(1)
    for (let depth = 0; depth <= names.length; depth++) {
      const { uid, mode } = lstatSync(`/${names.slice(0, depth).join('/')}`)
      // In a sticky directory such as /tmp, users cannot replace each other's files, but can create missing
      // ones.
      const isClosed = (mode & 0o022) === 0 || ((mode & 0o1000) !== 0 && depth < names.length)
      if ((uid !== self && uid !== 0) || !isClosed) return null
    }
    let directory = real === '/' ? '' : real
    for (const name of missing) {
      directory += name
      mkdirSync(directory, { mode: 0o700 })
    }
    const { uid, mode } = lstatSync(directory)
    return uid === self && (mode & 0o077) === 0 ? directory : null
  } catch {
    return null
  }
}

/** Runs the program with the Node of the checkout, because this Node is too old. */
async function runWithOwnNode() {
  const { existsSync } = await import('node:fs')
  const { fileURLToPath } = await import('node:url')
  const runtime = fileURLToPath(new URL('../node_modules/node/bin/node', import.meta.url))
  if (!existsSync(runtime)) {
    process.stderr.write(
      `mathesarctl needs Node.js ${OLDEST} or newer, and this is ${process.version}: ` +
        'install a newer one from https://nodejs.org/\n',
    )
    process.exit(1)
  }
  const { spawn } = await import('node:child_process')
  const child = spawn(runtime, ['--', fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: 'inherit',
    // Node has put U+FFFD in the place of bytes that are not UTF-8, and the child sees valid UTF-8.
    env: { ...process.env, MATHESARCTL_LAUNCHED: '1' },
  })
  // A terminal sends Ctrl-C to both processes; all other signals reach only this process, which passes them
  // on.
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
