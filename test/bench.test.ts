import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { repository } from './support/program.ts'

it('prints the cases of the benchmark when it is asked for one that does not exist', async () => {
  const run = promisify(execFile)('npm', ['run', '--silent', 'bench', '--', 'unknown'], { cwd: repository })
  await expect(run).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/no case unknown: choose from start-up, .*casts/),
  })
})
