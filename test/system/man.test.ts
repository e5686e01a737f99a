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

test.each(readdirSync(directory))('the header of %s names the General Commands Manual', (name) => {
  for (const columns of [60, 80]) {
    const groff = [
      'groff',
      '-mandoc',
      '-Tascii',
      '-P-c',
      `-rLL=${columns}n`,
      `-rLT=${columns}n`,
      join(directory, name),
    ]
    const mandoc = ['mandoc', '-T', 'ascii', '-O', `width=${columns}`, join(directory, name)]
    for (const [command = '', ...args] of [groff, mandoc]) {
      const [header = ''] = spawnSync(command, args, { encoding: 'utf8' }).stdout.split('\n')
      expect(header).toContain('General Commands Manual')
      expect(header).not.toContain('BSD')
      expect(header).toMatch(/^MATHESARCTL/)
      expect(header.length).toBeLessThanOrEqual(columns)
    }
  }
})
