import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildArtifacts } from '../support/artifacts.ts'
import { type CliOptions, cli, connectionArguments, document, errorOf } from '../support/cli.ts'
import { ownedDatabase } from '../support/database.ts'
import { ALL_SCHEMAS, mathesarSchemas } from '../support/installed.ts'
import { VERSION } from '../support/program.ts'

/** Runs the executable for arm64 under QEMU's emulation, with Debian's libraries for that processor. */

let out: string
let home: string
let command: NonNullable<CliOptions['command']>

beforeAll(() => {
  out = buildArtifacts(['binary', '--platform', 'linux-arm64'])
  home = mkdtempSync(join(tmpdir(), 'mathesarctl-emulated-'))
  const executable = join(out, `mathesarctl-${VERSION}-linux-arm64`)
  command = ['qemu-aarch64', '-L', '/usr/aarch64-linux-gnu', executable]
})
afterAll(() => {
  for (const directory of [out, home]) rmSync(directory, { recursive: true, force: true })
})

test('the emulated executable prints its version and its SQL', async () => {
  expect(await cli(['--version'], { home, command })).toMatchObject({
    status: 0,
    stdout: `${VERSION}\n`,
    stderr: '',
  })
  expect((await cli(['schema', 'print'], { home, command })).stdout).toContain('CREATE SCHEMA')
})

test('the emulated executable adds a database, lists it, and removes it with the schemas', async () => {
  const settings = await ownedDatabase()
  const add = ['db', 'add', 'library', ...connectionArguments(settings), '--password-stdin', '--json']
  const wrong = await cli(add, { home, command, input: 'not this' })
  expect([wrong.status, errorOf(wrong).code]).toEqual([9, 'SECRET_KEY_MISSING'])
  expect(await cli(['setup', '--no-input'], { home, command })).toMatchObject({ status: 0 })
  const added = await cli(add, { home, command, input: settings.password ?? '' })
  expect(added).toMatchObject({ status: 0, stderr: '' })
  expect(document(added)).toMatchObject({ name: 'library', status: 'added' })
  expect(await mathesarSchemas(settings.database)).toEqual(ALL_SCHEMAS)
  // The npm package reads the stored database on this processor.
  const tested = await cli(['db', 'test', 'library', '--json'], { home })
  expect(document(tested)).toMatchObject([{ name: 'library', ok: true }])
  const removed = await cli(['db', 'remove', 'library', '--remove-schema', '--yes'], { home, command })
  expect(removed, removed.stderr).toMatchObject({ status: 0 })
  expect(await mathesarSchemas(settings.database)).toEqual([])
  expect(document(await cli(['db', 'list', '--json'], { home, command }))).toEqual([])
})
