import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { repository } from '../support/program.ts'

const directory = join(repository, 'man')

test.each(readdirSync(directory))('mandoc accepts %s without a warning', (name) => {
  const lint = spawnSync('mandoc', ['-T', 'lint', '-W', 'warning', join(directory, name)], {
    encoding: 'utf8',
  })
  expect(lint).toMatchObject({ status: 0, stdout: '', stderr: '' })
})
