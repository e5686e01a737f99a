import { spawnSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { cli, temporaryDirectory } from '../support/cli.ts'
import { programCommand } from '../support/program.ts'
import { variables } from '../support/variables.ts'

describe('U+FFFD, which Node puts in the place of bytes that are not UTF-8,', () => {
  /** Runs the program from a shell, which can pass any bytes; `$@` is the program. */
  const shell = (script: string, home: string, env: Record<string, string> = {}) => {
    const { status, stdout, stderr } = spawnSync('sh', ['-c', script, 'sh', ...programCommand()], {
      env: { PATH: process.env.PATH, HOME: home, ...env },
      encoding: 'utf8',
    })
    return { status, stdout, stderr }
  }
  const isLinux = process.platform === 'linux'
  const refused = /has bytes that are not UTF-8\./

  test.skipIf(!isLinux)('is told apart from such bytes in variables', async () => {
    const { PGPASSWORD: _, ...env } = await variables()
    const bad = shell(`PGPASSWORD=$(printf 'p\\344') "$@" schema status`, temporaryDirectory(), env)
    expect(bad).toMatchObject({ status: 2, stderr: expect.stringMatching(refused) })
    const real = await cli(['schema', 'status'], {
      home: temporaryDirectory(),
      env: { ...env, PGPASSWORD: 'p\uFFFD' },
    })
    expect(real).toMatchObject({ status: 4, stderr: expect.stringContaining('refused the password') })
    const key = shell(`SECRET_KEY=$(printf 'abcd\\351') "$@" setup --no-input`, temporaryDirectory())
    expect(key).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/SECRET_KEY has bytes that are not/),
    })
    const env2 = { SECRET_KEY: 'abcd\uFFFD' }
    expect((await cli(['setup', '--no-input'], { home: temporaryDirectory(), env: env2 })).status).toBe(0)
  })

  test.skipIf(!isLinux)('is told apart from such bytes in arguments', async () => {
    const { PGUSER: _, ...env } = await variables()
    const home = temporaryDirectory()
    for (const script of [
      `"$@" schema status --user "$(printf 'u\\344')"`,
      `"$@" schema status --user="$(printf 'u\\344')"`,
      `"$@" schema status --dsn "user=$(printf 'u\\344')"`,
      `"$@" schema status --dsn "postgresql://$(printf 'u\\344')@/"`,
    ]) {
      expect(shell(script, home, env)).toMatchObject({ status: 2, stderr: expect.stringMatching(refused) })
    }
    for (const args of [
      ['--user', 'u\uFFFD'],
      ['--user=u\uFFFD'],
      ['--dsn', 'user=u\uFFFD'],
      ['--dsn', 'postgresql://u%EF%BF%BD@/'],
      ['--dsn', 'postgresql://u\uFFFD@/'],
    ]) {
      const run = await cli(['schema', 'status', ...args], { home, env })
      expect(run).toMatchObject({ status: 4, stderr: expect.stringContaining('refused the password') })
    }
    const piped = await cli(['schema', 'status', '--dsn', '-'], { home, env, input: 'user=u\uFFFD' })
    expect(piped.status).toBe(4)
  })

  test('is refused with both possibilities where nothing shows which it was', async () => {
    const env = { ...(await variables()), MATHESARCTL_LAUNCHED: '1', PGPASSWORD: 'p\uFFFD' }
    const run = await cli(['schema', 'status'], { home: temporaryDirectory(), env })
    expect(run.status).toBe(2)
    expect(run.stderr).toMatch(/has bytes that are not UTF-8, or the character U\+FFFD/)
  })
})
