import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildArtifacts } from '../support/artifacts.ts'
import { repository, VERSION } from '../support/program.ts'

let out: string
let tarball: string

beforeAll(() => {
  out = buildArtifacts(['npm'], {
    env: { GITHUB_SERVER_URL: 'https://git.example.org', GITHUB_REPOSITORY: 'someone/mathesarctl' },
  })
  tarball = join(out, `mathesarctl-${VERSION}.tgz`)
})
afterAll(() => rmSync(out, { recursive: true, force: true }))

const tool = (name: string, ...args: string[]) =>
  execFileSync(join(repository, 'node_modules/.bin', name), args, { encoding: 'utf8', cwd: out })

test('passes publint without a complaint', () => {
  expect(tool('publint', 'run', '--strict', tarball)).toContain('All good!')
})

test('the package has types that programs can import', () => {
  // It ends with another status than 0, which throws, where anything is wrong.
  expect(tool('attw', '--profile', 'esm-only', '--no-emoji', '--no-color', tarball)).toContain('mathesarctl')
})

test('can be imported and required by programs', () => {
  const modules = join(out, 'place/node_modules')
  mkdirSync(join(modules, 'mathesarctl'), { recursive: true })
  execFileSync('tar', ['-xzf', tarball, '-C', join(modules, 'mathesarctl'), '--strip-components=1'])
  symlinkSync(join(repository, 'node_modules/better-sqlite3'), join(modules, 'better-sqlite3'))
  const run = (...args: string[]) =>
    execFileSync(process.execPath, args, { encoding: 'utf8', cwd: join(out, 'place') }).trim()
  const program = 'console.log(VERSION, typeof addDatabase)'
  const names = '{ VERSION, addDatabase }'
  expect(run('-e', `const ${names} = require('mathesarctl'); ${program}`)).toBe(`${VERSION} function`)
  expect(run('--input-type=module', '-e', `import ${names} from 'mathesarctl'; ${program}`)).toBe(
    `${VERSION} function`,
  )
})

test('runs nothing at install time, and names the source of its provenance', () => {
  const text = execFileSync('tar', ['-xzOf', tarball, 'package/package.json'], { encoding: 'utf8' })
  const manifest = JSON.parse(text) as Record<string, unknown>
  expect(manifest).toMatchObject({
    name: 'mathesarctl',
    version: VERSION,
    repository: { type: 'git', url: 'git+https://git.example.org/someone/mathesarctl.git' },
    publishConfig: { access: 'public', provenance: true },
  })
  for (const key of ['scripts', 'devDependencies', 'workspaces', 'allowScripts'])
    expect(manifest).not.toHaveProperty(key)
})

test('leaves out what only executables need', () => {
  const list = execFileSync('tar', ['-tzf', tarball], { encoding: 'utf8' })
  expect(list).toContain('package/dist/index.js\n')
  expect(list).not.toContain('.cjs')
})
