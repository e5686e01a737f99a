import { spawnSync } from 'node:child_process'
import { existsSync, realpathSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Returns the identifier of the commit that a checkout contains. A checkout whose files differ from its
 * commit has none. Sources without git's history have that of the workflow which runs, if the workflow is one
 * of their own repository.
 *
 * @param root of the checkout
 * @param repository the URL of its repository; `null` if it is unknown
 */
export function revisionOf(root: string, repository: string | null, env: NodeJS.ProcessEnv): string | null {
  if (!hasHistory(root)) return (repository !== null && env.GITHUB_SHA) || null
  // A repository of other things may be in the same directory.
  const isTracked = git(root, ['ls-files', '--error-unmatch', 'package.json'], env) !== null
  const isChanged = git(root, ['status', '--porcelain', '--untracked-files=no'], env) !== ''
  return isTracked && !isChanged ? git(root, ['rev-parse', '--verify', 'HEAD'], env) : null
}

/**
 * Returns the URL of a checkout's repository; `null` if it is unknown. A release's workflow knows it, and the
 * repository may be a fork that releases under its own name. A workflow of another project, which only uses
 * these sources, names that project.
 *
 * @param root of the checkout
 */
export function repositoryOf(root: string, env: NodeJS.ProcessEnv): string | null {
  const { GITHUB_SERVER_URL, GITHUB_REPOSITORY } = env
  if (!GITHUB_SERVER_URL || !GITHUB_REPOSITORY) return null
  const url = `${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}`
  return isOfWorkflow(root, url, env) ? url : null
}

function isOfWorkflow(root: string, url: string, env: NodeJS.ProcessEnv): boolean {
  const { GITHUB_SHA, GITHUB_WORKSPACE } = env
  if (!hasHistory(root)) return !GITHUB_WORKSPACE || isSameDirectory(root, GITHUB_WORKSPACE)
  if (!GITHUB_SHA || git(root, ['rev-parse', '--verify', 'HEAD'], env) === GITHUB_SHA) return true
  // A workflow can check out another commit of its repository than the one that started it.
  const origin = git(root, ['config', '--get', 'remote.origin.url'], env)
  return origin !== null && addressOf(origin) === addressOf(url)
}

function isSameDirectory(one: string, other: string): boolean {
  try {
    return realpathSync(one) === realpathSync(other)
  } catch {
    return false
  }
}

/** Returns host and path of a URL of git in one form, without user, protocol and `.git`. */
function addressOf(url: string): string {
  return url
    .toLowerCase()
    .replace(/^[a-z+]+:\/\//, '')
    .replace(/^[^@/]*@/, '')
    .replace(/^([^/:]+):(?!\d+\/)/, '$1/')
    .replace(/(?:\.git)?\/*$/, '')
}

/** In a worktree, `.git` is a file. */
function hasHistory(root: string): boolean {
  return existsSync(join(root, '.git'))
}

/**
 * Returns what git prints about the repository of a checkout, and of no other one that the environment may
 * name; `null` if git fails or is not installed.
 */
function git(root: string, args: readonly string[], env: NodeJS.ProcessEnv): string | null {
  const ownEnv = Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('GIT_')))
  const { status, stdout } = spawnSync(
    'git',
    [`--git-dir=${join(root, '.git')}`, `--work-tree=${root}`, ...args],
    // The index may belong to another user.
    { cwd: root, env: { ...ownEnv, GIT_OPTIONAL_LOCKS: '0' }, encoding: 'utf8', timeout: 60_000 },
  )
  return status === 0 ? stdout.trim() : null
}
