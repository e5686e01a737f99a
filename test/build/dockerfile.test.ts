import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { annotationsOf } from '../../src/build/formats/oci/annotations.ts'
import { PATH, USER } from '../../src/build/formats/oci/system-files.ts'
import { aboutOf } from '../../src/build/payloads/mathesarctl/about.ts'
import { checkoutOf } from '../../src/build/payloads/mathesarctl/checkout.ts'
import { repository } from '../support/program.ts'

const dockerfile = readFileSync(join(repository, 'Dockerfile'), 'utf8')

it('the Dockerfile has the labels of the image that do not depend on the time and the repository', () => {
  const labels = [...dockerfile.matchAll(/(org\.opencontainers\.image\.\w+)="([^"]*)"/g)].map(
    ([, name, value]) => [name, value],
  )
  const { 'org.opencontainers.image.created': _, ...expected } = annotationsOf(
    aboutOf(checkoutOf({}, repository)),
    null,
    0,
  )
  expect(Object.fromEntries(labels)).toEqual(expected)
})

it('the Dockerfile starts the executable with the user and the path of the image', () => {
  expect(dockerfile).toContain(`\nENV PATH=${PATH}\nUSER ${USER}:${USER}\nWORKDIR /\n`)
  expect(dockerfile).toContain('\nENTRYPOINT ["/usr/bin/mathesarctl"]\n')
})
