import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, test } from 'vitest'
import { buildArtifacts } from '../../src/build/build.ts'
import { epochOf } from '../../src/build/epoch.ts'
import { buildFileError } from '../../src/build/files/file-errors.ts'
import type { Payload } from '../../src/build/payloads/types.ts'
import type { BuildRequest } from '../../src/build/request.ts'
import type { BuildContext } from '../../src/build/types.ts'
import { interruptedError } from '../../src/errors.ts'
import { cli, errorOf, startCli, temporaryDirectory } from '../support/cli.ts'
import { checkJson } from '../support/json.ts'
import { cleanEnvironment, programCommand, repository } from '../support/program.ts'

/** Returns a package for npm of nothing but its manifest. */
function payload(version = '1.2.3'): Payload {
  return {
    about: {
      name: 'example',
      version,
      summary: 'an example',
      description: [],
      license: 'MIT',
      homepage: null,
      maintainer: 'Ann <ann@example.org>',
    },
    epoch: 1_700_000_000,
    components: async () => [
      { name: 'b', version: '2.0.0', license: '(MIT OR Apache-2.0)', purl: 'pkg:npm/b@2.0.0' },
      { name: 'a', version: '1.0.0', license: 'ISC', purl: 'pkg:npm/a@1.0.0' },
    ],
    contents: {
      async npm({ scratch }) {
        const directory = join(scratch, 'npm')
        mkdirSync(directory)
        writeFileSync(join(directory, 'package.json'), JSON.stringify({ name: 'example', version }))
        return { directory }
      },
    },
  }
}

const request = (out: string, more: Partial<BuildRequest> = {}): BuildRequest => ({
  payload: payload(),
  formats: ['npm'],
  platforms: [],
  out,
  env: process.env,
  ...more,
})

describe('a build', () => {
  it('puts checksums and a bill of materials beside the artifacts, and nothing else', async () => {
    const out = join(temporaryDirectory(), 'new')
    const artifacts = await buildArtifacts(request(out))
    expect(artifacts.map(({ file }) => file)).toEqual([
      'example-1.2.3.tgz',
      'example-1.2.3.cdx.json',
      'SHA256SUMS',
    ])
    expect(readdirSync(out).sort()).toEqual(['SHA256SUMS', 'example-1.2.3.cdx.json', 'example-1.2.3.tgz'])
    const bill: unknown = JSON.parse(readFileSync(join(out, 'example-1.2.3.cdx.json'), 'utf8'))
    expect(bill).toMatchObject({
      bomFormat: 'CycloneDX',
      metadata: { timestamp: '2023-11-14T22:13:20.000Z', component: { name: 'example', version: '1.2.3' } },
      components: [
        { name: 'a', licenses: [{ license: { id: 'ISC' } }] },
        { name: 'b', licenses: [{ expression: '(MIT OR Apache-2.0)' }] },
      ],
    })
  })

  it('keeps the checksums of files that earlier builds left, and forgets deleted files', async () => {
    const out = temporaryDirectory()
    writeFileSync(join(out, 'kept'), '')
    writeFileSync(join(out, 'SHA256SUMS'), `${'0'.repeat(64)}  kept\n${'1'.repeat(64)}  gone\n`)
    await buildArtifacts(request(out))
    const files = readFileSync(join(out, 'SHA256SUMS'), 'utf8').match(/(?<= {2}).+$/gm)
    expect(files).toEqual(['example-1.2.3.cdx.json', 'example-1.2.3.tgz', 'kept'])
  })

  it('deletes unfinished files of killed builds, and none of running ones', async () => {
    const out = temporaryDirectory()
    const { pid = 0 } = spawnSync('true')
    for (const name of [`.${pid}.unfinished`, `.${process.ppid}.unfinished`])
      writeFileSync(join(out, name), '')
    await buildArtifacts(request(out))
    expect(readdirSync(out).filter((name) => name.endsWith('.unfinished'))).toEqual([
      `.${process.ppid}.unfinished`,
    ])
  })

  it('refuses a format that the payload does not offer, before it writes anything', async () => {
    const out = join(temporaryDirectory(), 'new')
    await expect(buildArtifacts(request(out, { formats: ['npm', 'deb'] }))).rejects.toMatchObject({
      code: 'USAGE',
      message: 'There is no deb package of example.',
    })
    expect(existsSync(out)).toBe(false)
  })

  it('names the missing programs, and how to install them, before it writes anything', async () => {
    const out = join(temporaryDirectory(), 'new')
    await expect(buildArtifacts(request(out, { env: { PATH: '/nowhere' } }))).rejects.toMatchObject({
      code: 'USAGE',
      message: 'This build needs npm, which is not on the PATH.',
      hint: expect.stringContaining('nodejs.org'),
    })
    expect(existsSync(out)).toBe(false)
  })

  it('reports where it can’t write, and why', async () => {
    const place = temporaryDirectory()
    writeFileSync(join(place, 'file'), '')
    const refusal = (out: string) => expect(buildArtifacts(request(out))).rejects
    await refusal(join(place, 'file')).toMatchObject({
      code: 'USAGE',
      message: `The artifacts can't be put into ${join(place, 'file')}: a file of that name exists.`,
      details: { field: 'out' },
    })
    await refusal(join(place, 'file/out')).toMatchObject({
      code: 'USAGE',
      message:
        `The artifacts can't be put into ${join(place, 'file/out')}: a part of its path is not a ` +
        'directory.',
    })
    mkdirSync(join(place, 'out/SHA256SUMS'), { recursive: true })
    await refusal(join(place, 'out')).toMatchObject({
      code: 'USAGE',
      message: `The artifacts can't be put into ${join(place, 'out')}: a directory is where a file belongs.`,
    })
    const before = process.env.TMPDIR
    process.env.TMPDIR = join(place, 'nowhere')
    try {
      await refusal(join(place, 'new')).toMatchObject({
        code: 'USAGE',
        message: `The directory ${join(place, 'nowhere')} for temporary files does not exist.`,
      })
    } finally {
      if (before === undefined) delete process.env.TMPDIR
      else process.env.TMPDIR = before
    }
  })

  it.each([
    [new Error('xz ended with 1: xz: x: Write error: No space left on device'), tmpdir()],
    [Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' }), tmpdir()],
    [Object.assign(new Error('copyfile'), { code: 'EDQUOT', path: '/site/apt/x' }), '/site'],
  ])('reports a full disk: %s', (error, place) => {
    expect(buildFileError(error, '/site')).toMatchObject({
      code: 'INTERNAL',
      message: expect.stringMatching(`${place}: the disk (is full|quota is used up).`),
      hint: expect.stringContaining('run the same command again'),
    })
  })

  it('leaves other errors as they are', () => {
    const error = Object.assign(new Error('open'), { code: 'EACCES', path: '/sites/x' })
    expect(buildFileError(error, '/site')).toBe(error)
  })

  // Node itself tries to make such a directory for ever.
  it.runIf(process.platform === 'linux')('reports a file system that refuses new directories', async () => {
    await expect(buildArtifacts(request('/proc/nothing/here'))).rejects.toMatchObject({
      code: 'USAGE',
      message: "The artifacts can't be put into /proc/nothing/here: the file system takes no new files.",
    })
  })

  it('lists the artifacts of builds that run at the same time', async () => {
    const out = temporaryDirectory()
    const versions = ['1.0.0', '2.0.0', '3.0.0', '4.0.0']
    await Promise.all(versions.map((version) => buildArtifacts(request(out, { payload: payload(version) }))))
    const listed = readFileSync(join(out, 'SHA256SUMS'), 'utf8').match(/(?<= {2}).+$/gm)
    expect(listed).toEqual(versions.flatMap((one) => [`example-${one}.cdx.json`, `example-${one}.tgz`]))
    expect(readdirSync(out).filter((name) => name.startsWith('.'))).toEqual([])
  })

  it('ends with the reason of the signal, whatever runs', async () => {
    const controller = new AbortController()
    const reason = interruptedError('Interrupted.')
    const example = payload()
    const ended = {
      ...example,
      contents: {
        npm: async (context: BuildContext) => {
          controller.abort(reason)
          return example.contents.npm?.(context) ?? { directory: '' }
        },
      },
    }
    const { signal } = controller
    const run = buildArtifacts(request(temporaryDirectory(), { payload: ended, signal }))
    await expect(run).rejects.toBe(reason)
  })

  it('a build can be loaded by plain Node, without a bundler, as scripts do', () => {
    const path = join(repository, 'src/build/build.ts')
    const { status, stderr } = spawnSync(process.execPath, [
      '--input-type=module',
      '--eval',
      `await import(${JSON.stringify(path)})`,
    ])
    expect(status, String(stderr)).toBe(0)
  })

  it('ends when the signal is aborted from the beginning', async () => {
    const signal = AbortSignal.abort(new Error('enough'))
    await expect(buildArtifacts(request(temporaryDirectory(), { signal }))).rejects.toThrow()
  })
})

test.each([
  [undefined, 1_700_000_000],
  ['', 1_700_000_000],
  ['1600000000', 1_600_000_000],
])('an artifact that is built with SOURCE_DATE_EPOCH=%s has the time %i', (given, expected) => {
  expect(epochOf(given === undefined ? {} : { SOURCE_DATE_EPOCH: given }, payload())).toBe(expected)
})

test.each(['yesterday', '0', '-5', '1600000000.5', '4294967296'])('refuses SOURCE_DATE_EPOCH=%s', (given) => {
  expect(() => epochOf({ SOURCE_DATE_EPOCH: given }, payload())).toThrow('SOURCE_DATE_EPOCH')
})

describe('mathesarctl build', () => {
  it.each([
    [['npm'], '--out'],
    [['nonsense', '--out', 'x'], 'nonsense'],
    [['npm', '--out', 'x', '--platform', 'plan9'], 'plan9'],
    [['--out', 'x'], 'format'],
  ])('refuses %j as USAGE and names %s', async (args, expected) => {
    const run = await cli(['build', ...args, '--json'], { home: temporaryDirectory() })
    expect(run.status).toBe(2)
    expect(errorOf(run)).toMatchObject({ code: 'USAGE' })
    expect(run.stderr).toContain(expected)
  })

  it('leaves nothing behind when it is interrupted twice', async () => {
    const home = temporaryDirectory()
    const env = { TMPDIR: temporaryDirectory() }
    const { child, done } = startCli(['build', 'npm', '--out', 'artifacts'], { home, env })
    const hasBegun = () => readdirSync(env.TMPDIR).some((name) => name.startsWith('mathesarctl-build-'))
    await expect.poll(hasBegun, { interval: 5 }).toBe(true)
    child.kill('SIGINT')
    child.kill('SIGINT')
    expect((await done).status).toBe(130)
    expect(hasBegun()).toBe(false)
    expect(readdirSync(join(home, 'artifacts'))).toEqual([])
  })

  it('reports that the working directory was deleted', () => {
    const home = temporaryDirectory()
    const script = 'mkdir gone && cd gone && rmdir ../gone && exec "$@"'
    const args = ['build', 'npm', '--out', 'x', '--json']
    const run = spawnSync('/bin/sh', ['-c', script, 'sh', ...programCommand(), ...args], {
      cwd: home,
      env: cleanEnvironment(home),
      encoding: 'utf8',
    })
    checkJson(args, run)
    const { status, stderr } = run
    expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'USAGE', field: 'out' } })
    expect(status).toBe(2)
  })

  it('prints the artifacts as one JSON document', async () => {
    const home = temporaryDirectory()
    const run = await cli(['build', 'npm', '--out', 'artifacts', '--json'], { home })
    expect(run.stderr).toBe('')
    expect(JSON.parse(run.stdout)).toMatchObject({
      out: join(home, 'artifacts'),
      artefacts: [{ format: 'npm' }, { format: 'sbom' }, { format: 'checksums', file: 'SHA256SUMS' }],
    })
  })
})
