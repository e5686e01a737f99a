import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { repositoryOf, revisionOf } from '../../src/build/payloads/mathesarctl/commit.ts'
import { temporaryDirectory } from '../support/cli.ts'

const { PATH = '', HOME = '' } = process.env
const ENV = { PATH, HOME }
const OTHER_COMMIT = '0123456789abcdef0123456789abcdef01234567'
const WORKFLOW = {
  ...ENV,
  GITHUB_SERVER_URL: 'https://git.example.org',
  GITHUB_REPOSITORY: 'someone/project',
}

function git(root: string, ...args: readonly string[]): string {
  const author = ['-c', 'user.name=Ann', '-c', 'user.email=ann@example.org']
  return execFileSync('git', ['-C', root, ...author, ...args], { env: ENV, encoding: 'utf8' }).trim()
}

/** Creates a repository with one commit of a package.json, and returns its directory. */
function repository(content = '{}'): string {
  const root = join(temporaryDirectory(), 'tool')
  mkdirSync(root)
  writeFileSync(join(root, 'package.json'), content)
  git(root, 'init', '--quiet')
  git(root, 'add', '.')
  git(root, 'commit', '--quiet', '--message', content)
  return root
}

const headOf = (root: string) => git(root, 'rev-parse', 'HEAD')

describe('the revision of a checkout', () => {
  it('is its commit, whatever repository the environment of git names', () => {
    const root = repository()
    const other = repository('{"name":"other"}')
    const environments = [
      {},
      { GIT_DIR: join(other, '.git') },
      { GIT_DIR: join(other, '.git'), GIT_WORK_TREE: other, GIT_INDEX_FILE: join(other, '.git/index') },
      { GIT_COMMON_DIR: join(other, '.git'), GIT_OBJECT_DIRECTORY: join(other, '.git/objects') },
    ]
    for (const names of environments)
      expect(revisionOf(root, 'https://x.org/a/b', { ...ENV, ...names })).toBe(headOf(root))
  })

  it('is its commit, and not that of the workflow which runs', () => {
    const root = repository()
    expect(revisionOf(root, 'https://x.org/a/b', { ...ENV, GITHUB_SHA: OTHER_COMMIT })).toBe(headOf(root))
  })

  it('is the commit of a worktree, whose .git is a file', () => {
    const root = repository()
    const tree = join(temporaryDirectory(), 'tree')
    git(root, 'worktree', 'add', '--quiet', tree)
    writeFileSync(join(tree, 'package.json'), '{"version":"2"}')
    git(tree, 'commit', '--quiet', '--all', '--message', 'two')
    expect(readFileSync(join(tree, '.git'), 'utf8')).toMatch(/^gitdir: /)
    expect(revisionOf(tree, null, ENV)).toBe(headOf(tree))
    expect(headOf(tree)).not.toBe(headOf(root))
  })

  it('is unknown if a file differs from the commit, in a workflow too', () => {
    const root = repository()
    writeFileSync(join(root, 'package.json'), '{"version":"2"}')
    expect(revisionOf(root, null, ENV)).toBeNull()
    expect(revisionOf(root, 'https://x.org/a/b', { ...ENV, GITHUB_SHA: headOf(root) })).toBeNull()
  })

  it('is unknown if the repository there does not track the sources', () => {
    const root = repository()
    git(root, 'rm', '--quiet', '--cached', 'package.json')
    git(root, 'commit', '--quiet', '--allow-empty', '--message', 'none')
    expect(revisionOf(root, null, ENV)).toBeNull()
  })

  it('is that of the workflow if the sources came without a history', () => {
    const root = temporaryDirectory()
    const env = { ...ENV, GITHUB_SHA: OTHER_COMMIT }
    expect(revisionOf(root, 'https://x.org/a/b', env)).toBe(OTHER_COMMIT)
    expect(revisionOf(root, null, env)).toBeNull()
    expect(revisionOf(root, 'https://x.org/a/b', ENV)).toBeNull()
  })
})

describe('the repository of a checkout', () => {
  const url = 'https://git.example.org/someone/project'

  it('is that of the workflow which runs for its commit', () => {
    const root = repository()
    expect(repositoryOf(root, { ...WORKFLOW, GITHUB_SHA: headOf(root) })).toBe(url)
    expect(repositoryOf(root, WORKFLOW)).toBe(url)
    expect(repositoryOf(root, ENV)).toBeNull()
  })

  it.each([
    'https://git.example.org/someone/project',
    'https://git.example.org/Someone/Project.git',
    'git@git.example.org:someone/project.git',
    'ssh://git@git.example.org/someone/project',
  ])('is that of the workflow if it was cloned from there: %s', (origin) => {
    const root = repository()
    git(root, 'remote', 'add', 'origin', origin)
    expect(repositoryOf(root, { ...WORKFLOW, GITHUB_SHA: OTHER_COMMIT })).toBe(url)
  })

  it('is unknown in a workflow of another project', () => {
    const root = repository()
    const env = { ...WORKFLOW, GITHUB_SHA: OTHER_COMMIT }
    expect(repositoryOf(root, env)).toBeNull()
    git(root, 'remote', 'add', 'origin', 'https://git.example.org/someone/project-two.git')
    expect(repositoryOf(root, env)).toBeNull()
    const other = repository('{"name":"other"}')
    expect(repositoryOf(root, { ...env, GITHUB_SHA: headOf(other), GIT_DIR: join(other, '.git') })).toBeNull()
  })

  it('is that of the workflow for sources without a history only in the workspace itself', () => {
    const root = temporaryDirectory()
    const env = { ...WORKFLOW, GITHUB_SHA: OTHER_COMMIT }
    expect(repositoryOf(root, { ...env, GITHUB_WORKSPACE: root })).toBe(url)
    expect(repositoryOf(root, { ...env, GITHUB_WORKSPACE: join(root, '..') })).toBeNull()
    const moved = `${root}-moved`
    renameSync(root, moved)
    expect(repositoryOf(moved, { ...env, GITHUB_WORKSPACE: root })).toBeNull()
    renameSync(moved, root)
  })
})
