import { execFileSync } from 'node:child_process'
import { copyFileSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { elfNeeds } from '../../src/build/binaries/elf.ts'
import { buildArtifacts } from '../../src/build/build.ts'
import { distributionName, pythonVersion } from '../../src/build/formats/pypi/names.ts'
import { targetOf } from '../../src/build/formats/pypi/platform-tag.ts'
import type { Payload } from '../../src/build/payloads/types.ts'
import { platform } from '../../src/build/platforms.ts'
import { temporaryDirectory } from '../support/cli.ts'

test.each([
  ['1.2.3', '1.2.3'],
  ['1.0.0-rc.1', '1.0.0rc1'],
  ['1.0.0-alpha', '1.0.0a0'],
  ['2.0.0-beta.12', '2.0.0b12'],
])('writes the version %s as %s for Python', (version, expected) => {
  expect(pythonVersion(version)).toBe(expected)
})

test.each(['1.0.0+build', '1.0.0-next.1', '1.0'])(
  'refuses the version %s, which Python packages can’t have',
  (version) => {
    expect(() => pythonVersion(version)).toThrow(/no version of Python packages/)
  },
)

test('writes no hyphen into the names of files', () => {
  expect(distributionName('Two-Words.and__more')).toBe('two_words_and_more')
})

/** Returns a Mach-O with nothing but its header and one load command, LC_BUILD_VERSION. */
function machO(minos: number): string {
  const words = [0xfeedfacf, 0x0100000c, 0, 2, 1, 24, 0, 0, 0x32, 24, 1, minos, minos, 0]
  const path = join(temporaryDirectory(), 'program')
  writeFileSync(path, Buffer.from(new Uint32Array(words).buffer))
  return path
}

test.each([
  ['13.5', 0x000d0500, 'macosx_14_0_arm64'],
  ['11.0', 0x000b0000, 'macosx_11_0_arm64'],
  ['26.0.1', 0x001a0001, 'macosx_26_0_arm64'],
])('tags an executable for macOS %s truly and so that installers know the tag', async (_, minos, tag) => {
  expect(await targetOf(machO(minos), platform('darwin-arm64'))).toMatchObject({ tag })
})

test('refuses an executable for another machine', async () => {
  await expect(targetOf(process.execPath, platform('linux-arm64'))).rejects.toThrow(/is for x86_64/)
  await expect(targetOf(machO(0), platform('linux-x64'))).rejects.toThrow(/not in the format ELF/)
})

/** Returns a package of a program of the operating system. */
function standIn(version = '1.2.3-rc.1'): Payload {
  return {
    about: {
      name: 'stand-in',
      version,
      summary: 'a program',
      description: ['Nothing.'],
      license: 'MIT',
      homepage: 'https://example.org/',
      maintainer: 'Somebody <somebody@example.org>',
    },
    epoch: 1_700_000_001,
    components: async () => [],
    executable: async (_, { scratch }) => {
      const path = join(scratch, 'true')
      copyFileSync('/bin/true', path)
      return path
    },
    contents: {
      pypi: async () => ({
        readme: '# A program\n',
        classifiers: ['Environment :: Console'],
        keywords: ['one', 'two'],
        urls: { Source: 'https://example.org/source' },
        python: '3.8',
        licenses: { LICENSE: 'Do as you like.\n' },
        data: { 'share/man/man1/stand-in.1': '.Nm stand-in\n', 'share/bash/stand-in': 'complete stand-in\n' },
      }),
    },
  }
}

/** Named twice, which makes no difference. */
const HERE = platform('linux-x64')

function built(out: string) {
  const { PATH } = process.env
  const request = { payload: standIn(), formats: ['pypi'], platforms: [HERE, HERE], out } as const
  return buildArtifacts({ ...request, env: { PATH } })
}

test('writes the same bytes whatever the directory, the umask and the time zone are', async () => {
  const [one, other] = [temporaryDirectory(), join(temporaryDirectory(), 'another')]
  await built(one)
  const { TZ } = process.env
  const umask = process.umask(0o077)
  process.env.TZ = 'Pacific/Kiritimati'
  try {
    await built(other)
  } finally {
    process.umask(umask)
    if (TZ === undefined) delete process.env.TZ
    else process.env.TZ = TZ
  }
  const names = readdirSync(one)
  expect(readdirSync(other)).toEqual(names)
  for (const name of names)
    expect(readFileSync(join(other, name)).equals(readFileSync(join(one, name))), name).toBe(true)
})

test('writes the names, the metadata and the modes that installers expect', async () => {
  const out = temporaryDirectory()
  const artifacts = await built(out)
  expect(artifacts.map(({ format }) => format)).toEqual(['pypi', 'pypi', 'sbom', 'checksums'])
  const { versions } = await elfNeeds('/bin/true')
  const wheel = readdirSync(out).find((name) => name.endsWith('.whl')) ?? ''
  expect(wheel).toMatch(/^stand_in-1\.2\.3rc1-py3-none-manylinux_2_\d+_x86_64\.whl$/)
  const minor = Number(/manylinux_2_(\d+)/.exec(wheel)?.[1])
  expect(versions.get('libc.so.6')).toContain(`GLIBC_2.${minor}`)
  const script = `
import json, sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as wheel:
    print(json.dumps([[entry.filename, oct(entry.external_attr >> 16), entry.date_time] for entry in wheel.infolist()]))
    print(json.dumps(wheel.read("stand_in-1.2.3rc1.dist-info/METADATA").decode()))
`
  const printed = execFileSync('python3', ['-c', script, join(out, wheel)], { encoding: 'utf8' })
  const [members, metadata] = printed
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown)
  const time = [2023, 11, 14, 22, 13, 20]
  expect(members).toEqual([
    ['stand_in-1.2.3rc1.data/scripts/stand-in', '0o100755', time],
    ['stand_in-1.2.3rc1.data/data/share/bash/stand-in', '0o100644', time],
    ['stand_in-1.2.3rc1.data/data/share/man/man1/stand-in.1', '0o100644', time],
    ['stand_in/__init__.py', '0o100644', time],
    ['stand_in/__main__.py', '0o100644', time],
    ['stand_in-1.2.3rc1.dist-info/METADATA', '0o100644', time],
    ['stand_in-1.2.3rc1.dist-info/WHEEL', '0o100644', time],
    ['stand_in-1.2.3rc1.dist-info/licenses/LICENSE', '0o100644', time],
    ['stand_in-1.2.3rc1.dist-info/RECORD', '0o100644', time],
  ])
  expect(metadata).toContain('Name: stand-in\nVersion: 1.2.3rc1\n')
  expect(metadata).toContain(
    'Project-URL: Homepage, https://example.org/\nProject-URL: Source, https://example.org/source\n',
  )
  expect(statSync(join(out, wheel)).mode & 0o777).toBe(0o644)
})
