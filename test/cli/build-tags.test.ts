import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { cli, document, errorOf, temporaryDirectory } from '../support/cli.ts'
import { VERSION } from '../support/program.ts'

const tags = (args: readonly string[], input = '') =>
  cli(['build', 'tags', ...args], { home: temporaryDirectory(), input })

test('prints the tags of a version one a line, or as one JSON document', async () => {
  expect(await tags(['v1.2.3'])).toMatchObject({
    status: 0,
    stdout: '1.2.3\n1.2\n1\nlatest\n',
    stderr: '',
  })
  expect(document(await tags(['0.3.0', '--json']))).toEqual(['0.3.0', '0.3', 'latest'])
  expect(await tags(['--edge', '--json'])).toMatchObject({ status: 0, stdout: '["edge"]\n' })
})

test('still accepts the version as --version', async () => {
  expect(document(await tags(['--version', 'v1.2.3', '--json']))).toEqual(['1.2.3', '1.2', '1', 'latest'])
  expect(document(await tags(['--version=0.3.0', '--json']))).toEqual(['0.3.0', '0.3', 'latest'])
})

test('reads released versions, which hold tags back, from flags, a file and standard input', async () => {
  const list = 'latest\n1.2\r\nv1.3.0\n\n1.2.3\nedge\n'
  const file = join(temporaryDirectory(), 'tags')
  writeFileSync(file, list)
  for (const run of [
    await tags(['1.2.4', '--released', '1.3.0', '1.2.3', '--json']),
    await tags(['1.2.4', '--released-from', file, '--json']),
    await tags(['--json', '--released-from', '-', '1.2.4'], list),
  ]) {
    expect(run, run.stderr).toMatchObject({ status: 0 })
    expect(document(run)).toEqual(['1.2.4', '1.2'])
  }
})

test.each<[args: string[], field: string]>([
  [[], 'version'],
  [['1.2'], 'version'],
  [['--version', '1.2'], 'version'],
  [['1.2.3', '--version', '1.2.3'], 'version'],
  [['1.2.3+4'], 'version'],
  [['1.2.3', '--released', 'latest'], 'released'],
  [['1.2.3', '--released-from', '/nowhere'], 'released-from'],
  [['1.2.3', '--edge'], 'edge'],
  [['1.2.3', '--out', '.'], 'out'],
])('refuses %j as wrong usage', async (args, field) => {
  const run = await tags([...args, '--json'])
  expect(run).toMatchObject({ status: 2, stdout: '' })
  expect(errorOf(run)).toMatchObject({ code: 'USAGE', field })
})

test('leaves --version to the program everywhere else', async () => {
  const home = temporaryDirectory()
  for (const args of [
    ['--version'],
    ['-V'],
    ['db', '--version'],
    ['db', 'list', '--version'],
    ['build', '--version'],
    ['--version', 'build', 'tags'],
    ['build', 'tags', '-V'],
  ]) {
    const run = await cli(args, { home })
    expect([args, run.status, run.stdout]).toEqual([args, 0, `${VERSION}\n`])
  }
  expect(document(await cli(['--json', '--version'], { home }))).toEqual({ version: VERSION })
})

test('shows the flags of the command and of its subcommand apart in their help', async () => {
  const home = temporaryDirectory()
  const build = (await cli(['build', '--help'], { home })).stdout
  expect(build).toContain('tags [options]')
  const help = (await cli(['build', 'tags', '--help'], { home })).stdout
  expect(help).toContain('--released <version...>')
  expect(help).toContain('--json')
  // Neither the flags of build nor the program's flag of the same name.
  expect(help).not.toContain('--platform')
  expect(help).not.toContain('-V')
  expect((await cli(['build'], { home })).status).toBe(2)
})
