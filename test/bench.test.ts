import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { sharedCluster } from './support/database.ts'
import { repository } from './support/program.ts'

it('prints the cases of the benchmark when it is asked for one that does not exist', async () => {
  const run = promisify(execFile)('npm', ['run', '--silent', 'bench', '--', 'unknown'], { cwd: repository })
  await expect(run).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/no case unknown: choose from start-up, .*casts/),
  })
})

it('creates databases on the server of the benchmark without a test run', async () => {
  const script = `
    const { createInternalDatabase } = await import('./test/support/mathesar-database.ts')
    const internal = await createInternalDatabase({ cluster: JSON.parse(process.argv[1]) })
    console.log(JSON.stringify(await internal.query('SELECT username FROM mathesar_user')))
    await internal.drop()`
  const { VITEST: _, ...env } = process.env
  const run = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '--eval', script, JSON.stringify(sharedCluster())],
    { cwd: repository, env },
  )
  expect(JSON.parse(run.stdout)).toEqual([{ username: 'admin' }])
})
