import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { Command } from 'commander'
import { describe, expect, it } from 'vitest'
import { complete } from '../../src/cli/completion/complete.ts'
import { schemaSourceOptions } from '../../src/cli/flags/schema-source.ts'
import { findReleaseTrees } from '../../src/cli/settings/discovery/release-trees.ts'
import { resolveGlobals } from '../../src/cli/settings/globals.ts'
import { ReleaseSourceMissing } from '../../src/cli/settings/release-missing.ts'
import {
  type ChosenSource,
  chooseSchemaSource,
  type SourceFlags,
} from '../../src/cli/settings/schema-source.ts'
import { OperatorError } from '../../src/errors.ts'
import { cachedTarball } from '../../src/schema/sources/release/cache.ts'
import type { Capabilities, MathesarFacts, ReleaseRange } from '../../src/store/types.ts'
import { type Member, smallRelease, writeFiles, writeTarball } from '../schema/sources/release-support.ts'
import { temporaryDirectory } from '../support/cli.ts'
import { ALICE, itAsRoot } from '../support/other-users.ts'

const ENV = 'POSTGRES_DB=d\nPOSTGRES_USER=u\nPOSTGRES_HOST=h\nSECRET_KEY=x\n'

interface Situation {
  flags?: SourceFlags
  variables?: NodeJS.ProcessEnv
  generation?: Capabilities['generation']
  releases?: ReleaseRange | null
  /** The .env file, or the Compose file, of the Mathesar. */
  envFile?: string
  path?: string
  home?: string
}

interface Outcome {
  chosen: ChosenSource | null
  error: OperatorError | null
  warnings: string[]
  trace: string[]
}

const range = (oldest: string, newest = oldest): ReleaseRange => ({ oldest, newest })

/** Chooses a source as a command does for a store of that kind. */
async function choose(situation: Situation): Promise<Outcome> {
  const {
    flags = {},
    generation = null,
    releases = null,
    envFile,
    path,
    home = temporaryDirectory(),
  } = situation
  const env = { HOME: home, PATH: path ?? '/usr/bin', ...situation.variables }
  const globals = await resolveGlobals(envFile === undefined ? {} : { envFile }, env)
  const warnings: string[] = []
  const trace: string[] = []
  const invocation = {
    globals,
    env,
    signal: new AbortController().signal,
    terminal: {
      warn: (message: string) => warnings.push(message),
      trace: (line: string) => trace.push(line),
    },
  } as unknown as Parameters<typeof chooseSchemaSource>[0]
  const store = {
    capabilities: { generation } as Capabilities,
    mathesar: generation === null ? null : ({ releases } as MathesarFacts),
  }
  try {
    return { chosen: await chooseSchemaSource(invocation, flags, store), error: null, warnings, trace }
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error
    return { chosen: null, error, warnings, trace }
  }
}

const treeOf = (version: string, directory = join(temporaryDirectory(), 'mathesar')) =>
  writeFiles(directory, smallRelease(version))

function envFileIn(directory: string): string {
  mkdirSync(directory, { recursive: true })
  writeFileSync(join(directory, '.env'), ENV)
  return join(directory, '.env')
}

describe('the source of the SQL', () => {
  it('is the bundled one unless a Mathesar of 0.2.0 or later needs its own', async () => {
    for (const generation of [null, 'legacy'] as const) {
      for (const flags of [{}, { schemaSource: 'bundled' }]) {
        expect((await choose({ flags, generation })).chosen?.origin).toEqual({ kind: 'bundled' })
      }
    }
  })

  it('is what a flag names, also for a database of no Mathesar', async () => {
    const tree = treeOf('0.11.0')
    for (const generation of [null, 'modern'] as const) {
      const { chosen, trace } = await choose({ flags: { schemaSource: tree }, generation })
      expect(chosen?.source).toMatchObject({ name: 'release', version: '0.11.0' })
      expect(chosen?.origin).toEqual({ kind: 'path', path: tree })
      expect(trace).toEqual([`SQL of the Mathesar schemas: release 0.11.0 of ${tree}`])
    }
  })

  it('is never the bundled one on a Mathesar of 0.2.0 or later', async () => {
    const { error } = await choose({ flags: { schemaSource: 'bundled' }, generation: 'modern' })
    expect(error).toBeInstanceOf(ReleaseSourceMissing)
    expect(error?.exitCode).toBe(2)
    expect(error?.hint).toContain('docker cp mathesar_service:/code/db/sql')
  })

  it('is never a release on a Mathesar before 0.2.0', async () => {
    const flags = { schemaSource: treeOf('0.11.0') }
    const { error } = await choose({ flags, generation: 'legacy' })
    expect([error?.code, error?.details.field]).toEqual(['USAGE', 'schema-source'])
    expect(error?.hint).toContain('bundled')
  })

  it('is the bundled one on a Mathesar before 0.2.0, whatever release config.yaml names for another', async () => {
    const home = temporaryDirectory()
    const config = join(home, '.config/mathesarctl/config.yaml')
    mkdirSync(join(config, '..'), { recursive: true })
    for (const text of [`schema-source: ${treeOf('0.11.0')}\n`, 'release: "0.11.0"\n']) {
      writeFileSync(config, text)
      expect((await choose({ home, generation: 'legacy' })).chosen?.origin.kind).toBe('bundled')
      expect(
        (await choose({ home, generation: 'legacy', flags: { release: '0.11.0' } })).error,
      ).not.toBeNull()
    }
  })

  it('names the bundled SQL in the error of a path that does not exist only where it can be used', async () => {
    const flags = { schemaSource: join(temporaryDirectory(), 'none') }
    expect((await choose({ flags })).error?.hint).toContain('bundled')
    expect((await choose({ flags: { schemaSource: temporaryDirectory() } })).error?.hint).toContain('bundled')
    const modern = await choose({ flags, generation: 'modern' })
    expect(modern.error?.hint).toContain('Name the directory of a Mathesar release')
    expect(modern.error?.hint).not.toContain('bundled')
    // A database that is not stored, in a run that names a Mathesar.
    const { error } = await choose({ flags, envFile: envFileIn(temporaryDirectory()) })
    expect(error?.hint).toContain('Name the directory of a Mathesar release')
    expect(error?.hint).not.toContain('bundled')
  })

  it('does not name the bundled SQL where a release is there, and something else is wrong', async () => {
    const writable = treeOf('0.11.0')
    chmodSync(join(writable, 'db/sql/05_msar.sql'), 0o666)
    const mismatched = { schemaSource: treeOf('0.11.0'), release: '0.10.0' }
    for (const flags of [{ schemaSource: writable }, mismatched]) {
      const { error } = await choose({ flags })
      expect(error?.code).toBe('USAGE')
      expect(error?.hint).not.toContain('bundled')
    }
    const legacy = await choose({ flags: { schemaSource: treeOf('0.1.7') } })
    expect(legacy.error?.hint).toBe(
      'Use a release from 0.2.0 on, or for a Mathesar 0.1.4 to 0.1.7 --schema-source bundled, which has its interface.',
    )
  })

  it('is refused where the flags contradict each other or name nothing', async () => {
    for (const flags of [{ schemaSource: 'bundled', release: '0.11.0' }, { schemaSource: '' }]) {
      expect((await choose({ flags })).error?.code).toBe('USAGE')
    }
  })

  it('is what config.yaml names, and flags outrank all of that', async () => {
    const home = temporaryDirectory()
    const directory = join(home, '.config/mathesarctl')
    mkdirSync(directory, { recursive: true })
    treeOf('0.9.0', join(directory, 'tree'))
    writeFileSync(join(directory, 'config.yaml'), 'schema-source: tree\nrelease: 0.10.0\n')
    expect((await choose({ home })).chosen?.source.version).toBe('0.9.0')
    expect((await choose({ home, flags: { schemaSource: 'bundled' } })).chosen?.origin.kind).toBe('bundled')
    const other = treeOf('0.11.0')
    expect((await choose({ home, flags: { schemaSource: other } })).chosen?.source.version).toBe('0.11.0')
    writeFileSync(join(directory, 'config.yaml'), 'schema-source: bundled\n')
    expect((await choose({ home })).chosen?.origin.kind).toBe('bundled')
    const { error } = await choose({ home, generation: 'modern' })
    expect(error?.message).toContain(`schema-source of ${join(directory, 'config.yaml')}`)
  })

  it('is used with a warning where the internal database is that of other releases', async () => {
    const flags = { schemaSource: treeOf('0.11.0') }
    const misfit = await choose({ flags, generation: 'modern', releases: range('0.8.0', '0.9.0') })
    expect(misfit.chosen?.source.version).toBe('0.11.0')
    expect(misfit.warnings.join()).toContain('Mathesar 0.8.0 to 0.9.0')
    // A release that is later than all known ones may have changed no table.
    const later = { schemaSource: treeOf('0.12.0') }
    expect(
      (await choose({ flags: later, generation: 'modern', releases: range('0.11.0') })).warnings,
    ).toEqual([])
    for (const releases of [null, range('0.11.0')]) {
      expect((await choose({ flags, generation: 'modern', releases })).warnings).toEqual([])
    }
    // 0.10.0 calls itself 0.9.0.
    const older = { schemaSource: treeOf('0.9.0') }
    const releases = range('0.10.0', '0.10.1')
    expect((await choose({ flags: older, generation: 'modern', releases })).warnings).toEqual([])
  })
})

describe('a release that the operator alone names', () => {
  it('causes a warning where it is later than the Mathesar of the internal database', async () => {
    const schemaSource = temporaryDirectory()
    cpSync(join(treeOf('0.11.0'), 'db/sql'), schemaSource, { recursive: true })
    const warnings = async (release: string, path = schemaSource) => {
      const flags = { schemaSource: path, release }
      return (await choose({ flags, generation: 'modern', releases: range('0.11.0') })).warnings.join()
    }
    expect(await warnings('0.12.0')).toContain('--release calls this SQL that of Mathesar 0.12.0')
    expect(await warnings('0.11.0')).toBe('')
    // A tree states its version.
    expect(await warnings('0.12.0', treeOf('0.12.0'))).toBe('')
  })
})

describe('the source that --release names alone', () => {
  // A port where nothing listens: what is cached needs no network.
  const variables = { MATHESARCTL_RELEASES_URL: 'http://127.0.0.1:9/' }

  /** Caches a release in a home directory, as a download from that mirror does. */
  const homeWith = async (version: string) => {
    const home = temporaryDirectory()
    const address = `${variables.MATHESARCTL_RELEASES_URL}${version}/mathesar.tar.gz`
    const path = cachedTarball(version, { kind: 'mirror', address }, { HOME: home }) ?? ''
    mkdirSync(dirname(path), { recursive: true })
    const members = [...smallRelease(version)].map(([name, text]): Member => [name, text])
    const tarball = await writeTarball(path, members)
    const checksum = createHash('sha256').update(readFileSync(tarball)).digest('hex')
    writeFileSync(`${tarball}.sha256`, `${checksum}\n`)
    return { home, tarball, checksum }
  }

  it('is the cached tarball of that release', async () => {
    const { home, tarball, checksum } = await homeWith('0.11.0')
    for (const flags of [{ release: '0.11.0' }, { release: '0.11.0', releaseChecksum: checksum }]) {
      const { chosen } = await choose({ flags, home, variables, generation: 'modern' })
      expect(chosen?.source.version).toBe('0.11.0')
      expect(chosen?.origin).toEqual({ kind: 'release', release: '0.11.0', path: tarball })
    }
    const config = join(home, '.config/mathesarctl/config.yaml')
    mkdirSync(join(config, '..'), { recursive: true })
    writeFileSync(config, 'release: "0.11.0"\n')
    expect((await choose({ home, variables, generation: 'modern' })).chosen?.source.version).toBe('0.11.0')
  })

  it('cannot be reached where it is not cached and there is no network', async () => {
    const { error } = await choose({ flags: { release: '0.11.0' }, variables, generation: 'modern' })
    expect([error?.code, error?.exitCode]).toEqual(['CONNECTION_FAILED', 3])
    expect(error?.hint).toContain('--schema-source')
  })

  it('is refused on a Mathesar before 0.2.0, and a checksum without a tarball anywhere', async () => {
    const flags = { release: '0.11.0' }
    expect((await choose({ flags, generation: 'legacy' })).error?.details.field).toBe('schema-source')
    const alone = await choose({ flags: { releaseChecksum: 'a'.repeat(64) } })
    expect(alone.error?.details.field).toBe('release-checksum')
  })
})

describe('the tree of the release that a Mathesar runs', () => {
  const releases = range('0.11.0')

  it('is found beside its .env file', async () => {
    const tree = treeOf('0.11.0')
    const { chosen, trace } = await choose({ generation: 'modern', envFile: envFileIn(tree), releases })
    expect(chosen?.origin).toEqual({ kind: 'found', path: tree, how: 'beside' })
    expect(trace.join()).toContain('found beside the .env file')
  })

  it('is found by the launcher of PATH, through the links that an installer creates', async () => {
    const tree = treeOf('0.11.0')
    chmodSync(join(tree, 'bin/mathesar'), 0o755)
    const [bin, empty] = [temporaryDirectory(), temporaryDirectory()]
    symlinkSync(join(tree, 'bin/mathesar'), join(bin, 'mathesar'))
    const envFile = envFileIn(temporaryDirectory())
    const path = `relative:${empty}:${bin}`
    const { chosen } = await choose({ generation: 'modern', envFile, releases, path })
    expect(chosen?.origin).toEqual({ kind: 'found', path: tree, how: 'launcher' })
  })

  it('is found where packages put it', () => {
    const directory = treeOf('0.11.0')
    const places = { envFile: null, isEnvFileNamed: false, isInContainer: false, env: {} }
    const packageDirectories = ['/nonexistent/mathesar', directory]
    expect(findReleaseTrees({ ...places, packageDirectories })).toMatchObject([
      { kind: 'package', path: directory },
    ])
    expect(findReleaseTrees({ ...places, packageDirectories, isInContainer: true })).toEqual([])
  })

  it('is found once, whichever ways lead to it', () => {
    const tree = treeOf('0.11.0')
    const link = join(temporaryDirectory(), 'link')
    symlinkSync(tree, link)
    const found = findReleaseTrees({
      envFile: envFileIn(tree),
      isEnvFileNamed: true,
      isInContainer: false,
      env: {},
      packageDirectories: [link],
    })
    expect(found).toMatchObject([{ kind: 'beside', path: tree }])
  })

  it('is found by the launcher where it is later than all releases that this version knows', async () => {
    const tree = treeOf('0.12.0')
    chmodSync(join(tree, 'bin/mathesar'), 0o755)
    const envFile = envFileIn(temporaryDirectory())
    const { chosen, warnings } = await choose({
      generation: 'modern',
      envFile,
      releases,
      path: join(tree, 'bin'),
    })
    expect([chosen?.source.version, warnings]).toEqual(['0.12.0', []])
  })

  it('is not taken from another installation that the launcher belongs to', async () => {
    const tree = treeOf('0.8.0')
    chmodSync(join(tree, 'bin/mathesar'), 0o755)
    const envFile = envFileIn(temporaryDirectory())
    const { error } = await choose({ generation: 'modern', envFile, releases, path: join(tree, 'bin') })
    expect(error).toBeInstanceOf(ReleaseSourceMissing)
    expect(error?.message).toContain(`${tree} is Mathesar 0.8.0.`)
  })

  it('is used with a warning where it lies beside the .env file and is another release', async () => {
    const tree = treeOf('0.11.0')
    const other = range('0.10.0', '0.10.1')
    const { chosen, warnings } = await choose({
      generation: 'modern',
      envFile: envFileIn(tree),
      releases: other,
    })
    expect(chosen?.source.version).toBe('0.11.0')
    expect(warnings.join()).toContain('0.10.0 to 0.10.1')
  })

  itAsRoot(
    'is used only if nobody but root, this user and the owner of the named .env file can change it',
    async () => {
      const theirs = treeOf('0.11.0')
      const envFile = envFileIn(theirs)
      execFileSync('chown', ['-R', String(ALICE), theirs])
      expect((await choose({ generation: 'modern', envFile, releases })).chosen?.origin.kind).toBe('found')
      execFileSync('chown', ['-R', '0', envFile])
      const foreign = await choose({ generation: 'modern', envFile, releases })
      expect(foreign.error).toBeInstanceOf(ReleaseSourceMissing)
      expect(foreign.error?.message).toContain('belongs to another user')
      const open = treeOf('0.11.0')
      chmodSync(join(open, 'db/sql'), 0o777)
      const writable = await choose({ generation: 'modern', envFile: envFileIn(open), releases })
      expect(writable.error?.message).toContain('other users can write to the directory')
    },
  )

  it('is missing with an error that names the command for the container, and the flags', async () => {
    const envFile = envFileIn(join(temporaryDirectory(), 'plain'))
    const { error } = await choose({ generation: 'modern', envFile, releases })
    expect(error).toBeInstanceOf(ReleaseSourceMissing)
    expect([error?.code, error?.exitCode, error?.details.field]).toEqual(['USAGE', 2, 'schema-source'])
    expect(error?.hint.split('\n')).toEqual([
      'If it runs in a container, copy its SQL out:',
      '  rm -rf mathesar-sql && docker cp mathesar_service:/code/db/sql mathesar-sql',
      'Then name the copy and its release:',
      '  --schema-source mathesar-sql --release V',
      expect.stringMatching(/^Or name both for every run, in .*\/mathesarctl\/config\.yaml:$/),
      `  schema-source: ${resolve('mathesar-sql')}`,
      '  release: V',
      expect.stringContaining('With --release V alone, mathesarctl downloads the SQL.'),
    ])
    expect(error?.hint).toContain('V is the release that your Mathesar shows: 0.11.0, or a later one.')
    const only = await choose({ generation: 'modern', envFile, releases: range('0.4.0') })
    expect(only.error?.hint).toContain('--release 0.4.0')
    const several = await choose({ generation: 'modern', envFile, releases: range('0.8.0', '0.9.0') })
    expect(several.error?.hint).toContain('--release V')
    expect(several.error?.hint).toContain('one of 0.8.0 to 0.9.0')
  })

  it('is copied out of the container of the Compose project by the name of its service', async () => {
    const directory = temporaryDirectory()
    envFileIn(directory)
    writeFileSync(
      join(directory, 'docker-compose.yml'),
      'services:\n  web-app:\n    image: mathesar/mathesar:latest\n    environment:\n      POSTGRES_DB: d\n      POSTGRES_USER: u\n      POSTGRES_HOST: h\n',
    )
    for (const envFile of [join(directory, '.env'), join(directory, 'docker-compose.yml')]) {
      const { error } = await choose({ generation: 'modern', envFile, releases })
      expect(error?.hint).toContain(`in the directory ${directory}:\n`)
      expect(error?.hint).toContain(
        '\n  rm -rf mathesar-sql && docker compose cp web-app:/code/db/sql mathesar-sql\n',
      )
      expect(error?.hint).toContain(`\n  --schema-source ${directory}/mathesar-sql --release V\n`)
      expect(error?.hint).toContain(`\n  schema-source: ${directory}/mathesar-sql\n`)
    }
  })

  it.each([
    ['0.12.0', '0.11.0', '0.12.0'],
    ['0.11.0', '0.11.0', '0.11.0'],
    ['0.12.0', '0.4.0', '0.4.0'],
    ['latest', '0.4.0', '0.4.0'],
    ['latest', '0.11.0', 'V'],
  ])(
    'has the release of the image %s, if that can have the tables of %s: %s',
    async (tag, tables, release) => {
      const directory = temporaryDirectory()
      const envFile = envFileIn(directory)
      const environment = '{ POSTGRES_DB: d, POSTGRES_USER: u, POSTGRES_HOST: h }'
      const text = `services: { app: { image: "mathesar/mathesar:${tag}", environment: ${environment} } }`
      writeFileSync(join(directory, 'compose.yaml'), text)
      const { error } = await choose({ generation: 'modern', envFile, releases: range(tables) })
      expect(error?.hint).toContain(`/mathesar-sql --release ${release}\n`)
    },
  )
})

describe('the completion of --schema-source', () => {
  it('leaves paths to the shell, and completes the word for the bundled SQL', async () => {
    const program = new Command('mathesarctl')
    const command = program.command('do')
    for (const option of schemaSourceOptions()) command.addOption(option)
    const words = (current: string) =>
      complete(program, ['do', '--schema-source', current], async () => []).then(({ candidates, paths }) => ({
        paths,
        words: candidates.map(({ word }) => word),
      }))
    expect(await words('')).toEqual({ paths: 'files', words: [] })
    expect(await words('./')).toEqual({ paths: 'files', words: [] })
    expect(await words('bun')).toEqual({ paths: null, words: ['bundled'] })
    const inline = await complete(program, ['do', '--schema-source=bun'], async () => [])
    expect(inline.candidates.map(({ word }) => word)).toEqual(['--schema-source=bundled'])
  })
})
