import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { contextMaker } from '../../../src/build/context.ts'
import { type ContentsByFormat, FORMATS } from '../../../src/build/formats/index.ts'
import { PAYLOADS, payloadFrom } from '../../../src/build/payloads/index.ts'
import { cachedName, nodePackage, RUNTIMES } from '../../../src/build/payloads/mathesarctl/node-packages.ts'
import type { Payload } from '../../../src/build/payloads/types.ts'
import { type Platform, platform } from '../../../src/build/platforms.ts'
import type { BuildContext, InstalledFile } from '../../../src/build/types.ts'
import { temporaryDirectory } from '../../support/cli.ts'
import { repository } from '../../support/program.ts'
import { tinyPayload } from '../../support/tiny-payload.ts'

/** What every payload must keep: all that it offers a format is complete. */

const HERE = platform('linux-x64')

/** Stands in for the build of an executable, and for the licenses of Node, which a build downloads. */
function prepared(payload: Payload): { payload: Payload; context: BuildContext } {
  const scratch = temporaryDirectory()
  const executable = join(scratch, 'executable')
  copyFileSync('/bin/true', executable)
  const cache = join(scratch, 'mathesarctl/runtimes')
  mkdirSync(cache, { recursive: true })
  const node = cachedName(HERE, nodePackage(HERE, RUNTIMES[HERE.name]))
  writeFileSync(join(cache, `${node}.LICENSE`), 'The license of Node.\n')
  const own = { ...payload, ...(payload.executable && { executable: async () => executable }) }
  const { PATH } = process.env
  const request = { payload: own, formats: [], platforms: [HERE], out: scratch, env: { PATH } }
  return { payload: own, context: contextMaker(request, { scratch, epoch: payload.epoch }, [])('deb') }
}

/** Expects each path to be absolute, its own, and one that every kind of archive can hold. */
function expectInstallable(files: readonly InstalledFile[]): void {
  const paths = files.map(({ path }) => path)
  expect(paths).not.toEqual([])
  expect(new Set(paths).size).toBe(paths.length)
  for (const path of paths) expect(path).toMatch(/^(\/[A-Za-z0-9._+-]+)+$/)
}

function expectTexts(texts: Readonly<Record<string, string>>): void {
  expect(Object.keys(texts)).not.toEqual([])
  for (const [name, text] of Object.entries(texts)) expect(text.trim(), name).not.toBe('')
}

type Check<Contents> = (contents: Contents, context: BuildContext, place: Platform) => Promise<void>

/** What complete contents are, format by format. The compiler asks for a new format's line. */
const CHECKS: { readonly [Name in keyof ContentsByFormat]: Check<NonNullable<ContentsByFormat[Name]>> } = {
  async binary(contents, context, place) {
    expectTexts((await contents(place, context)).licenses)
  },
  async deb(contents, context, place) {
    const { fields, scripts, files } = await contents(place, context)
    expect(fields).toMatchObject({
      Depends: expect.stringMatching(/\S/),
      Section: expect.stringMatching(/^[a-z]+$/),
      Priority: 'optional',
    })
    expect(JSON.stringify(fields)).not.toContain('$')
    for (const script of Object.values(scripts)) expect(script).toMatch(/^#!\/bin\/sh\n/)
    expectInstallable([...(await context.installedFiles(place)), ...files])
    expect(files.map(({ path }) => path)).toContainEqual(
      expect.stringMatching(/^\/usr\/share\/doc\/[^/]+\/copyright$/),
    )
  },
  async 'apt-repo'() {},
  async npm(contents, context) {
    const { directory } = await contents(context)
    const { default: manifest } = await import(join(directory, 'package.json'), { with: { type: 'json' } })
    expect(manifest).toMatchObject({ name: expect.any(String), version: expect.any(String) })
  },
  async oci(contents, context, place) {
    const { files, components } = await contents(place, context)
    expectInstallable(files)
    for (const { path } of files) expect(path).toMatch(/^\/usr\/share\/doc\//)
    expect(components).not.toEqual([])
  },
  async pypi(contents, context) {
    const project = await contents(context)
    expect(project.readme).toMatch(/^# /)
    expect(project.python).toMatch(/^3\.\d+$/)
    expect(project.classifiers).not.toEqual([])
    expectTexts(project.licenses)
    expectTexts(project.data)
    for (const path of Object.keys(project.data)) expect(path).toMatch(/^share(\/[A-Za-z0-9._+-]+)+$/)
    expect(Object.keys(project.data)).toContainEqual(expect.stringMatching(/^share\/man\/man1\/[^/]+\.1$/))
  },
}

const OFFERS: [name: string, payload: () => Payload][] = [
  ['the tiny one of the tests', tinyPayload],
  ...PAYLOADS.map((kind): [string, () => Payload] => [kind.name, () => kind.open({}, repository)]),
]

describe.each(OFFERS)('the payload %s', (_, open) => {
  it('states all facts that formats write into packages', async () => {
    const { about, epoch, components } = open()
    expect(about).toMatchObject({
      name: expect.stringMatching(/^[a-z][a-z0-9-]+$/),
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
      summary: expect.stringMatching(/^\S.*[^.]$/),
      license: expect.stringMatching(/\S/),
      maintainer: expect.stringMatching(/^.+ <.+@.+>$/),
    })
    expect(about.description).not.toEqual([])
    expect(epoch).toBeGreaterThan(1_600_000_000)
    for (const { name, version, license, purl } of await components()) {
      expect(license, name).not.toBe('')
      expect(purl).toContain(version)
    }
  })

  it.each(Object.keys(CHECKS) as (keyof ContentsByFormat)[])(
    'offers %s all that it asks for, or nothing',
    async (name) => {
      const { payload, context } = prepared(open())
      if (payload.contents[name] === undefined) return
      const { requires } = await FORMATS[name]()
      for (const part of requires) if (part !== 'contents') expect(payload[part], part).toBeTypeOf('function')
      await expectComplete(name, payload, context)
    },
  )

  it('installs the executable where the PATH finds it, and configuration files below /etc', async () => {
    const { context } = prepared(open())
    const files = await context.installedFiles(HERE)
    expectInstallable(files)
    expect(files).toContainEqual(
      expect.objectContaining({ path: expect.stringMatching(/^\/usr\/bin\//), mode: 0o755 }),
    )
    for (const file of files)
      if (file.kind === 'file' && file.isConfiguration) expect(file.path).toMatch(/^\/etc\//)
  })
})

async function expectComplete<Name extends keyof ContentsByFormat>(
  name: Name,
  payload: Payload,
  context: BuildContext,
): Promise<void> {
  const contents: ContentsByFormat[Name] | undefined = payload.contents[name]
  if (contents != null) await CHECKS[name](contents, context, HERE)
}

describe('the choice of a payload', () => {
  it('chooses this tool where no source tree is named', () => {
    expect(payloadFrom({}).about.name).toBe('mathesarctl')
  })

  it('chooses the payload that the source tree contains', () => {
    expect(payloadFrom({}, repository).about).toEqual(payloadFrom({}).about)
  })

  it('refuses a directory that is no source tree', () => {
    const directory = temporaryDirectory()
    expect(() => payloadFrom({}, directory)).toThrow(
      expect.objectContaining({
        code: 'USAGE',
        message: `${directory} is not a source tree that packages can be built from.`,
        details: { field: 'source' },
      }),
    )
  })
})
