import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildArtifacts } from '../../../src/build/build.ts'
import {
  FORMAT_DESCRIPTIONS,
  FORMAT_NAMES,
  type FormatName,
} from '../../../src/build/formats/descriptions.ts'
import { FORMATS } from '../../../src/build/formats/index.ts'
import type { Payload } from '../../../src/build/payloads/types.ts'
import { platform } from '../../../src/build/platforms.ts'
import type { BuildRequest } from '../../../src/build/request.ts'
import { temporaryDirectory } from '../../support/cli.ts'
import { libraryPackages } from '../../support/debian-packages.ts'
import { type Gnupg, gnupg } from '../../support/gnupg.ts'
import { tinyPayload } from '../../support/tiny-payload.ts'

/**
 * What every format must keep, built from a tiny payload. A new format is here as soon as formats/index.ts
 * names it.
 */

/** Before the time of every build here, so that the key is older than what it signs. */
const KEY_TIME = 1_600_000_000

let keys: Gnupg
let fingerprint: string
let debianPackages: string

beforeAll(async () => {
  keys = gnupg()
  debianPackages = await libraryPackages(mkdtempSync(join(tmpdir(), 'mathesarctl-debian-')))
  fingerprint = keys.key('Ann <ann@example.org>', { createdAt: KEY_TIME })
})

afterAll(() => {
  keys.remove()
  rmSync(debianPackages, { recursive: true })
})

interface FormatCase {
  /** Formats that the run builds too, since this one packs their artifacts. */
  with: readonly FormatName[]
  settings: () => NonNullable<BuildRequest['settings']>
  /** Programs that it needs. */
  programs: readonly string[]
}

/** How each format is built here. The compiler asks for a new format's line. */
const CASES: Record<FormatName, FormatCase> = {
  binary: { with: [], settings: () => ({}), programs: ['npm'] },
  deb: { with: [], settings: () => ({}), programs: ['xz', 'gzip'] },
  'apt-repo': {
    with: ['deb'],
    settings: () => ({
      'apt-repo': { signKey: fingerprint, baseUrl: 'https://example.org/apt/', validDays: 30 },
    }),
    programs: ['gpg', 'xz', 'gzip'],
  },
  npm: { with: [], settings: () => ({}), programs: ['npm'] },
  pypi: { with: [], settings: () => ({}), programs: ['gzip', 'xz'] },
  oci: {
    with: [],
    settings: () => ({ oci: { debianPackages, archive: true } }),
    programs: ['gzip', 'xz'],
  },
}

function request(name: FormatName, out: string, more: Partial<BuildRequest> = {}): BuildRequest {
  const { PATH, HOME } = process.env
  return {
    payload: tinyPayload(),
    formats: [name, ...CASES[name].with],
    platforms: [platform('linux-x64')],
    out,
    settings: CASES[name].settings(),
    env: { PATH, HOME, GNUPGHOME: keys.home, SOURCE_DATE_EPOCH: '1700000001' },
    ...more,
  }
}

/** All files below a directory by path, with their bytes. */
function contentsOf(directory: string): Map<string, Buffer> {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true })
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  return new Map(paths.sort().map((path) => [path.slice(directory.length), readFileSync(path)]))
}

/** Runs with another umask, time zone and locale. */
async function inOtherSurroundings(run: () => Promise<unknown>): Promise<void> {
  const { TZ, LC_ALL } = process.env
  const umask = process.umask(0o077)
  Object.assign(process.env, { TZ: 'Pacific/Kiritimati', LC_ALL: 'tr_TR.UTF-8' })
  try {
    await run()
  } finally {
    process.umask(umask)
    for (const [name, value] of Object.entries({ TZ, LC_ALL })) {
      if (value === undefined) delete process.env[name]
      else process.env[name] = value
    }
  }
}

const formats = await Promise.all(FORMAT_NAMES.map(async (name) => ({ name, format: await FORMATS[name]() })))

describe.each(formats)('the format $name', ({ name, format }) => {
  it('has the same name in its description, and a summary for help', () => {
    const description = FORMAT_DESCRIPTIONS.find((one) => one.name === name)
    expect(format.name).toBe(name)
    expect(description?.summary).toMatch(/^\S.*[^.]$/)
  })

  it('writes the same bytes twice, whatever the directory, the umask, the time zone and the locale are', async () => {
    const [one, other] = [join(temporaryDirectory(), 'one'), join(temporaryDirectory(), 'another', 'place')]
    await buildArtifacts(request(name, one))
    await inOtherSurroundings(() => buildArtifacts(request(name, other)))
    const expected = contentsOf(one)
    const written = contentsOf(other)
    expect([...written.keys()]).toEqual([...expected.keys()])
    for (const [path, bytes] of written)
      expect(bytes.equals(expected.get(path) ?? Buffer.of()), path).toBe(true)
  })

  it('reports every file that it writes, and none that it does not', async () => {
    const out = temporaryDirectory()
    const artifacts = await buildArtifacts(request(name, out))
    expect(artifacts.filter((artifact) => artifact.format === name)).not.toEqual([])
    for (const { file, bytes } of artifacts) expect(contentsOf(out).get(`/${file}`)?.length, file).toBe(bytes)
  })

  it.each(format.requires)('refuses a payload that lacks its %s before it writes anything', async (part) => {
    const out = join(temporaryDirectory(), 'out')
    const { [name]: _, ...contents } = tinyPayload().contents as Record<string, unknown>
    const payload = { ...tinyPayload(), ...(part === 'contents' ? { contents } : { [part]: undefined }) }
    await expect(buildArtifacts(request(name, out, { payload: payload as Payload }))).rejects.toMatchObject({
      code: 'USAGE',
      message: `There is no ${name} package of tiny-tool.`,
    })
    expect(existsSync(out)).toBe(false)
  })

  it('names all programs that it needs, and how to get them, before it writes anything', async () => {
    const out = join(temporaryDirectory(), 'out')
    const programs = [
      ...new Set([...CASES[name].with.flatMap((other) => CASES[other].programs), ...CASES[name].programs]),
    ]
    const run = buildArtifacts(request(name, out, { env: { PATH: '/nowhere' } }))
    await expect(run).rejects.toMatchObject({ code: 'USAGE', hint: expect.stringContaining('install') })
    const refusal = await run.catch(String)
    for (const program of programs) expect(refusal).toMatch(new RegExp(`\\b${program}\\b`))
    expect(existsSync(out)).toBe(false)
  })

  it('packs artifacts only of formats that exist', () => {
    for (const earlier of format.after) expect(FORMAT_NAMES).toContain(earlier)
  })
})
