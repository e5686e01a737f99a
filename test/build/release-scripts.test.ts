import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  appendFileSync,
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { imageDigestOf, subjectsOf } from '../../scripts/release/attest/subjects.mjs'
import { FORMAT_NAMES } from '../../src/build/formats/descriptions.ts'
import { temporaryDirectory } from '../support/cli.ts'
import { repository, VERSION } from '../support/program.ts'

/** Runs a script of scripts/release of a checkout. */
function script(name: string, args: readonly string[], { root = repository, input = '', env = {} } = {}) {
  const { status, stdout, stderr } = spawnSync(join(root, 'scripts/release', name), args, {
    input,
    encoding: 'utf8',
    env: { ...process.env, ...env },
  })
  return { status, stdout, stderr }
}

/** Returns what the scripts read of a checkout, to be changed. */
function checkout(): string {
  const root = temporaryDirectory()
  for (const path of [
    'scripts/release',
    'package.json',
    'package-lock.json',
    'CHANGELOG.md',
    'debian/changelog',
  ]) {
    cpSync(join(repository, path), join(root, path), { recursive: true })
  }
  return root
}

function edit(root: string, file: string, change: (text: string) => string): void {
  const path = join(root, file)
  const text = readFileSync(path, 'utf8')
  const changed = change(text)
  expect(changed, file).not.toBe(text)
  writeFileSync(path, changed)
}

describe('check-tag', () => {
  test('accepts the tag of this checkout, and prints its version', () => {
    expect(script('check-tag', [`v${VERSION}`])).toEqual({ status: 0, stdout: `${VERSION}\n`, stderr: '' })
  })

  test.each(['v99.0.0', VERSION, `v${VERSION}-rc.1`, `V${VERSION}`, 'main', ''])(
    'refuses the tag %j',
    (tag) => {
      const run = script('check-tag', [tag])
      expect(run.status).not.toBe(0)
      expect(run.stdout).toBe('')
    },
  )

  test.each<[file: string, change: (text: string) => string, message: RegExp]>([
    [
      'package-lock.json',
      (text) => text.replaceAll(`"version": "${VERSION}"`, '"version": "0.0.1"'),
      /package-lock/,
    ],
    ['CHANGELOG.md', (text) => text.replace(`## ${VERSION} (`, '## 99.0.0 ('), /CHANGELOG/],
    [
      'CHANGELOG.md',
      (text) => text.replace(new RegExp(`^(## ${VERSION}) .*$`, 'm'), '$1 (unreleased)'),
      /CHANGELOG/,
    ],
    ['debian/changelog', (text) => text.replace(`(${VERSION}`, '(0.0.1'), /debian\/changelog/],
  ])('refuses a version that %s does not have', (file, change, message) => {
    const root = checkout()
    edit(root, file, change)
    const run = script('check-tag', [`v${VERSION}`], { root })
    expect(run).toMatchObject({ status: 1, stdout: '' })
    expect(run.stderr).toMatch(message)
  })

  test.each(['9.0.0-dev.1', '9.0.0-rc.1.2', '9.0.0+build', '9.0'])(
    'refuses %s, which npm, Debian, PyPI or image tags do not accept',
    (version) => {
      const root = checkout()
      edit(root, 'package.json', (text) => text.replace(`"version": "${VERSION}"`, `"version": "${version}"`))
      const run = script('check-tag', [`v${version}`], { root })
      expect(run).toMatchObject({ status: 1, stdout: '' })
      expect(run.stderr).toMatch(/PyPI has only/)
    },
  )

  test('expects a tilde in the Debian version of a prerelease', () => {
    const root = checkout()
    for (const file of ['package.json', 'package-lock.json']) {
      edit(root, file, (text) => text.replaceAll(`"version": "${VERSION}"`, '"version": "9.0.0-rc.1"'))
    }
    edit(root, 'CHANGELOG.md', (text) => text.replace(`## ${VERSION} (`, '## 9.0.0-rc.1 ('))
    edit(root, 'debian/changelog', (text) => text.replace(/\([^)]*\)/, '(9.0.0~rc.1)'))
    expect(script('check-tag', ['v9.0.0-rc.1'], { root })).toMatchObject({
      status: 0,
      stdout: '9.0.0-rc.1\n',
    })
  })
})

describe('notes', () => {
  test('prints the section of a version, and nothing of the next one', () => {
    const root = checkout()
    writeFileSync(
      join(root, 'CHANGELOG.md'),
      '# Changelog\n\n## 1.2.0 (2026-01-02)\n\n- new\n  more\n\n### Details\n\nthis\n\n## 1.2.0-rc.1 (2026-01-01)\n\n- old\n\n## 11210 (2025-01-01)\n\n- no\n',
    )
    expect(script('notes', ['1.2.0'], { root }).stdout).toBe('- new\n  more\n\n### Details\n\nthis\n')
    expect(script('notes', ['1.2.0-rc.1'], { root }).stdout).toBe('- old\n')
    expect(script('notes', ['1.2.0-rc.1', 'ABCD'], { root }).stdout).toBe(
      '- old\n\nThe key ABCD signs the apt repository.\n',
    )
    expect(script('notes', ['1.2.0-rc.1', '', 'ghcr.io/o/m@sha256:01'], { root }).stdout).toBe(
      '- old\n\nThe container image is ghcr.io/o/m@sha256:01.\n',
    )
    for (const version of ['1.2', '1.2.0-rc.2', '.*', '1.3.0']) {
      expect(script('notes', [version], { root })).toMatchObject({ status: 1, stdout: '' })
    }
  })
})

describe('npm-tag', () => {
  test.each([
    ['1.2.3', '1.2.3\n1.2\n1\nlatest\n', 'latest'],
    ['1.2.3', '1.2.3\n1.2\n', 'release-1.2'],
    ['2.0.0-rc.1', '2.0.0-rc.1\n', 'next'],
    ['0.3.0', '0.3.0\n0.3\nlatest', 'latest'],
    ['0.3.0', '0.3.0\nnot-latest\n', 'release-0.3'],
  ])('npm-tag for %s with the tags %j is %s', (version, tags, expected) => {
    expect(script('npm-tag', [version], { input: tags })).toMatchObject({
      status: 0,
      stdout: `${expected}\n`,
    })
  })
})

describe('publish-npm', () => {
  const integrity = `sha512-${createHash('sha512').update('package').digest('base64')}`
  const publish = (view: string) => {
    const bin = temporaryDirectory()
    const file = join(bin, 'mathesarctl-1.2.3.tgz')
    writeFileSync(file, 'package')
    writeFileSync(
      join(bin, 'npm'),
      `#!/bin/sh\n[ "$*" = 'view mathesarctl@1.2.3 dist.integrity' ] && ${view}\n`,
    )
    writeFileSync(join(bin, 'npx'), '#!/bin/sh\necho "$@"\n')
    for (const name of ['npm', 'npx']) chmodSync(join(bin, name), 0o755)
    return {
      file,
      ...script('publish-npm', [file, '1.2.3', 'next'], { env: { PATH: `${bin}:${process.env.PATH}` } }),
    }
  }

  test.each([
    ['a package that npm does not know', 'exit 1'],
    ['a version that npm does not have', 'true'],
    ['other bytes, which npm will refuse', 'echo sha512-AAAA'],
  ])('publishes %s', (_, view) => {
    const { file, status, stdout } = publish(view)
    expect(status).toBe(0)
    expect(stdout).toMatch(/^--yes npm@[\d.]+ publish /)
    expect(stdout).toContain(` ${file} --tag next --access public --provenance\n`)
  })

  test('does nothing if npm has the same bytes', () => {
    expect(publish(`echo ${integrity}`)).toMatchObject({
      status: 0,
      stdout: 'npm already has mathesarctl 1.2.3, with the same bytes.\n',
      stderr: '',
    })
  })
})

describe('collect', () => {
  const built = (files: Readonly<Record<string, string>>) => {
    const directory = temporaryDirectory()
    for (const [name, content] of Object.entries(files)) writeFileSync(join(directory, name), content)
    const sums = execFileSync('sha256sum', Object.keys(files), { cwd: directory, encoding: 'utf8' })
    writeFileSync(join(directory, 'SHA256SUMS'), sums)
    return directory
  }

  test('collects the artifacts of several runs, with the checksums of all', () => {
    const out = join(temporaryDirectory(), 'out')
    const one = built({ 'tool-x64': 'one', 'tool.cdx.json': '{}' })
    const two = built({ 'tool-arm64': 'two', 'tool.cdx.json': '{}' })
    // A file that was added after the run, as wheels are.
    writeFileSync(join(two, 'a wheel.whl'), 'wheel')
    expect(script('collect', [out, one, two])).toEqual({ status: 0, stdout: '', stderr: '' })
    const sums = readFileSync(join(out, 'SHA256SUMS'), 'utf8')
    const names = ['a wheel.whl', 'tool-arm64', 'tool-x64', 'tool.cdx.json']
    expect(sums.split('\n').map((line) => line.slice(66))).toEqual([...names, ''])
    execFileSync('sha256sum', ['--check', '--strict', '--quiet', 'SHA256SUMS'], { cwd: out })
    expect(subjectsOf(sums)).toHaveLength(4)
    expect(subjectsOf(sums)[3]).toEqual({
      name: 'tool.cdx.json',
      digest: { sha256: '44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a' },
    })
  })

  test('refuses files that differ between runs, are too large, or changed after the run', () => {
    const run = script('collect', [temporaryDirectory(), built({ bill: 'one' }), built({ bill: 'two' })])
    expect(run.status).toBe(1)
    expect(run.stderr).toMatch(/^bill in .* differs/)
    const large = built({ 'tool.whl': 'one', 'tool-x64': 'one' })
    for (const name of ['tool.whl', 'tool-x64']) truncateSync(join(large, name), 100 * 1024 * 1024 + 1)
    writeFileSync(join(large, 'SHA256SUMS'), execFileSync('sha256sum', ['tool.whl'], { cwd: large }))
    expect(script('collect', [temporaryDirectory(), large])).toMatchObject({
      status: 1,
      stderr: 'PyPI accepts files up to 100 MiB, and these are larger: tool.whl \n',
    })
    const changed = built({ tool: 'one' })
    appendFileSync(join(changed, 'tool'), 'x')
    expect(script('collect', [temporaryDirectory(), changed]).status).not.toBe(0)
  })
})

test('attest refuses text that is not a list of checksums', () => {
  expect(() => subjectsOf('')).toThrowError(/no files to attest/)
  expect(() => subjectsOf('0123  file\n')).toThrowError(/malformed/)
})

test('attest names the missing variables outside of GitHub', () => {
  const sums = join(temporaryDirectory(), 'SHA256SUMS')
  writeFileSync(sums, `${'0'.repeat(64)}  file\n`)
  const run = spawnSync(process.execPath, [join(repository, 'scripts/release/attest/attest.mjs'), sums], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH ?? '' },
  })
  expect(run.status).toBe(1)
  expect(run.stderr).toMatch(/^GITHUB_TOKEN, ACTIONS_ID_TOKEN_REQUEST_URL.* not set/)
})

describe('attest-image', () => {
  const digest = `sha256:${'01'.repeat(32)}`

  test('reads the digest of the only image in a layout', () => {
    expect(imageDigestOf(JSON.stringify({ schemaVersion: 2, manifests: [{ digest }] }))).toBe(digest)
    for (const manifests of [undefined, [], [{}], [{ digest: 'sha256:01' }], [{ digest }, { digest }]]) {
      expect(() => imageDigestOf(JSON.stringify({ manifests }))).toThrowError(/exactly one image/)
    }
  })

  test('names the missing variables outside of GitHub', () => {
    const layout = temporaryDirectory()
    writeFileSync(join(layout, 'index.json'), JSON.stringify({ manifests: [{ digest }] }))
    const program = join(repository, 'scripts/release/attest/attest-image.mjs')
    const run = spawnSync(process.execPath, [program, 'ghcr.io/o/m', layout], {
      encoding: 'utf8',
      env: { PATH: process.env.PATH ?? '' },
    })
    expect(run.status).toBe(1)
    expect(run.stderr).toMatch(/^GITHUB_TOKEN, .*MATHESARCTL_REGISTRY_PASSWORD not set/)
  })
})

test('push-image builds from the executables of both platforms, and prints the digest of the image', () => {
  const root = checkout()
  const call = join(root, 'call')
  mkdirSync(join(root, 'bin'))
  mkdirSync(join(root, 'artifacts'))
  writeFileSync(
    join(root, 'bin/mathesarctl.js'),
    `#!/bin/sh
echo 'a table'
printf '%s\\n' "$@" >'${call}'
mkdir -p '${root}/out/mathesarctl-1.2.3-oci'
echo '{"manifests":[{"digest":"sha256:01"}]}' >'${root}/out/mathesarctl-1.2.3-oci/index.json'
`,
  )
  chmodSync(join(root, 'bin/mathesarctl.js'), 0o755)
  const args = [join(root, 'artifacts'), join(root, 'out'), '1.2.3', 'ghcr.io/o/m']
  expect(script('push-image', args, { root })).toEqual({
    status: 0,
    stdout: 'sha256:01\n',
    stderr: 'a table\n',
  })
  const executable = (platform: string) => join(root, `artifacts/mathesarctl-1.2.3-${platform}`)
  expect(readFileSync(call, 'utf8').trim().split('\n')).toEqual([
    ...['build', 'oci', '--out', join(root, 'out'), '--push', 'ghcr.io/o/m'],
    ...['--executable', executable('linux-x64'), executable('linux-arm64')],
  ])
})

describe('site', () => {
  const git = (cwd: string, ...args: string[]) => execFileSync('git', args, { cwd, encoding: 'utf8' })

  test('creates the branch of the pages, fetches it, and pushes it if a file changed', () => {
    const remote = temporaryDirectory()
    git(remote, 'init', '--quiet', '--bare')
    const push = (files: Readonly<Record<string, string>>) => {
      const site = join(temporaryDirectory(), 'site')
      expect(script('site', ['fetch', remote, site])).toMatchObject({ status: 0, stderr: '' })
      const before = existsSync(join(site, 'apt/one')) ? readFileSync(join(site, 'apt/one'), 'utf8') : null
      mkdirSync(join(site, 'apt'), { recursive: true })
      for (const [name, content] of Object.entries(files)) writeFileSync(join(site, 'apt', name), content)
      const pushed = script('site', ['push', site, 'Publish'])
      expect(pushed, pushed.stderr).toMatchObject({ status: 0 })
      return { before, printed: pushed.stdout }
    }
    expect(push({ one: '1' })).toEqual({ before: null, printed: '' })
    expect(push({ two: '2' })).toEqual({ before: '1', printed: '' })
    expect(push({ two: '2' })).toEqual({ before: '1', printed: 'There are no changes to push.\n' })
    expect(git(remote, 'log', '--format=%s', 'gh-pages')).toBe('Publish\nPublish\n')
    expect(git(remote, 'ls-tree', '-r', '--name-only', 'gh-pages')).toBe('.nojekyll\napt/one\napt/two\n')
  })

  test('fails if the remote does not answer, instead of starting a first release', () => {
    const site = join(temporaryDirectory(), 'site')
    expect(script('site', ['fetch', join(site, 'nowhere'), site]).status).not.toBe(0)
  })
})

test('a release builds every format', () => {
  const scripts = ['build', 'image'].map((name) => join(repository, 'scripts/release', name))
  const text = scripts.map((path) => readFileSync(path, 'utf8')).join('')
  // The job that has the key builds the apt repository.
  for (const format of FORMAT_NAMES)
    if (format !== 'apt-repo') expect(text).toMatch(new RegExp(`\\b${format}\\b`))
})
