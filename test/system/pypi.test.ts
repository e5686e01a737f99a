import { spawnSync } from 'node:child_process'
import { copyFileSync, cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cli } from '../support/cli.ts'
import { type DebianRelease, type DebianRoot, debianRoot, type Outcome } from '../support/debian.ts'
import { repository, VERSION } from '../support/program.ts'

const tools = join(repository, '.cache/python-tools/bin')
const out = mkdtempSync(join(tmpdir(), 'mathesarctl-pypi-'))
const WHEEL = `mathesarctl-${VERSION}-py3-none-manylinux_2_28_x86_64.whl`
const SDIST = `mathesarctl-${VERSION}.tar.gz`
/** Nothing is to be had from a network, whoever asks. */
const DEAD = 'http://127.0.0.1:9'
const OFFLINE = {
  HOME: '/home/ada',
  http_proxy: DEAD,
  https_proxy: DEAD,
  UV_OFFLINE: '1',
  PIP_DISABLE_PIP_VERSION_CHECK: '1',
}

beforeAll(async () => {
  const run = await cli(['build', 'pypi', '--platform', 'linux-x64', '--out', out], {
    home: process.env.HOME ?? out,
  })
  expect(run, run.stderr).toMatchObject({ status: 0 })
}, 300_000)

afterAll(() => rmSync(out, { recursive: true, force: true }))

/** A program of .cache/python-tools on both packages, or on one. */
function tool(name: string, ...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(join(tools, name), args, {
    cwd: out,
    encoding: 'utf8',
    env: { PATH: `${tools}:${process.env.PATH}`, COLUMNS: '500' },
  })
  return { status, said: stdout + stderr }
}

describe('the tools of the Python packaging authority', () => {
  test('the artifacts are one wheel and one source distribution', () => {
    expect(readdirSync(out).filter((name) => /\.(whl|gz)$/.test(name))).toEqual([WHEEL, SDIST])
  })

  test('twine accepts the wheel and the source distribution', () => {
    const { status, said } = tool('twine', '--no-color', 'check', '--strict', WHEEL, SDIST)
    expect(said.match(/PASSED/g), said).toHaveLength(2)
    expect(said).not.toMatch(/warning/i)
    expect(status).toBe(0)
  })

  test('check-wheel-contents accepts the wheel', () => {
    expect(tool('check-wheel-contents', WHEEL)).toEqual({ status: 0, said: `${WHEEL}: OK\n` })
  })

  test('auditwheel finds the glibc of the tag', () => {
    const { status, said } = tool('auditwheel', 'show', WHEEL)
    expect(said).toContain('constrains the platform tag to "manylinux_2_28_x86_64"')
    expect(status).toBe(0)
  })

  test('the Python code runs on 3.8', () => {
    const directory = join(repository, 'src/build/formats/pypi/python')
    const { status, said } = tool(
      'vermin',
      '--target=3.8-',
      '--violations',
      '--no-tips',
      '--eval-annotations',
      directory,
    )
    expect(status, said).toBe(0)
  })
})

/** A fresh Debian with both packages in /srv, uv, and a user who may do nothing to the system. */
function debianWithPackages(release: DebianRelease) {
  let root: DebianRoot | undefined
  beforeAll(async () => {
    root = debianRoot(release)
    await root.succeed(['useradd', '--create-home', 'ada'])
    const put = (from: string, to: string) => copyFileSync(from, join(root?.path ?? '', to))
    for (const file of [WHEEL, SDIST]) put(join(out, file), `srv/${file}`)
    for (const file of ['interrupt.py', 'wheel.py'])
      put(join(repository, 'test/system/python', file), `srv/${file}`)
    put(join(tools, 'uv'), 'usr/local/bin/uv')
    putPipx(join(root.path, 'opt/pipx'))
  }, 200_000)
  afterAll(() => root?.remove())
  const run = async (
    command: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<Outcome> => {
    if (!root) throw new Error('There is no root')
    return root.run(command, { user: 'ada', env: { ...OFFLINE, ...env } })
  }
  const succeed = async (command: readonly string[], env: Readonly<Record<string, string>> = {}) => {
    const result = await run(command, env)
    expect(result, `${command.join(' ')}\n${result.stdout}\n${result.stderr}`).toMatchObject({ status: 0 })
    return result.stdout
  }
  return { run, succeed }
}

/** pipx and what it imports are nothing but Python, whichever it is. */
function putPipx(directory: string): void {
  const [python = ''] = readdirSync(join(tools, '../lib'))
  const packages = join(tools, '../lib', python, 'site-packages')
  const toolName = /^(pipx|argcomplete|click|filelock|packaging|platformdirs|userpath)(-.*)?$/
  for (const name of readdirSync(packages).filter((entry) => toolName.test(entry)))
    cpSync(join(packages, name), join(directory, name), { recursive: true })
}

type Debian = ReturnType<typeof debianWithPackages>

const INSTALLERS = {
  pip: {
    environment: ['python3', '-m', 'venv'],
    install: (place: string) => [`${place}/bin/pip`, 'install', '--no-index'],
    uninstall: (place: string) => [`${place}/bin/pip`, 'uninstall', '--yes'],
  },
  uv: {
    environment: ['python3', '-m', 'venv', '--without-pip'],
    install: (place: string) => ['uv', 'pip', 'install', '--python', place, '--no-index'],
    uninstall: (place: string) => ['uv', 'pip', 'uninstall', '--python', place],
  },
}
type Installer = keyof typeof INSTALLERS

/** The executable runs, and what Python's module runs is the same, with status and signals of its own. */
async function runs(
  { run, succeed }: Debian,
  commands: readonly (readonly string[])[],
  env: Record<string, string> = {},
) {
  for (const command of commands) {
    expect(await succeed([...command, '--version'], env)).toBe(`${VERSION}\n`)
    expect(await run([...command, 'db', 'list', '--no-such-flag'], env)).toMatchObject({ status: 2 })
    const waiting = ['schema', 'status', '--no-input', '--dsn', 'postgresql://me@127.0.0.1:@PORT@/none']
    expect(await succeed(['python3', '/srv/interrupt.py', ...command, ...waiting], env)).toBe('130\n')
  }
}

/** Returns the files of the package with modes and checksums, but for those that tell where it came from. */
function installed({ succeed }: Debian, place: string, python: string): Promise<string> {
  const script = `cd "$0/lib/python$1/site-packages" &&
    grep -v -e direct_url.json -e uv_cache.json -e uv_build.json -e REQUESTED mathesarctl-*.dist-info/RECORD | LC_ALL=C sort &&
    find "$0/bin/mathesarctl" mathesarctl* -type f ! -name '*.json' ! -name '*.pyc' ! -name RECORD ! -name REQUESTED \
      -exec stat -c '%a %n' {} + -exec sha256sum {} + | LC_ALL=C sort`
  return succeed(['sh', '-c', script, place, python])
}

describe.each([
  { release: 'bullseye', python: '3.9', fromSources: 'pip' },
  { release: 'bookworm', python: '3.11', fromSources: undefined },
  { release: 'trixie', python: '3.13', fromSources: 'uv' },
] as const)('Debian $release, Python $python', ({ release, python, fromSources }) => {
  const debian = debianWithPackages(release)
  const { run, succeed } = debian
  const listings = new Map<Installer, string>()

  test('Debian has the expected Python', async () => {
    expect(await succeed(['python3', '--version'])).toContain(`Python ${python}.`)
  })

  test.each(['pip', 'uv'] as const)(
    'runs the executable that %s installed, and uninstalls it completely',
    async (name) => {
      const { environment, install, uninstall } = INSTALLERS[name]
      const place = `/home/ada/${name}`
      const module = [`${place}/bin/python`, '-m', 'mathesarctl']
      await succeed([...environment, place])
      await succeed([...install(place), `/srv/${WHEEL}`])
      listings.set(name, await installed(debian, place, python))
      // It is the executable itself, which starts without Python.
      await succeed(['cmp', '-n', '4', `${place}/bin/mathesarctl`, '/bin/true'])
      await runs(debian, [[`${place}/bin/mathesarctl`], module])
      await succeed(['mv', `${place}/bin/mathesarctl`, '/home/ada/elsewhere'])
      const missing = await run([...module, '--version'])
      expect(missing.status).toBe(1)
      expect(missing.stderr).toMatch(
        /^mathesarctl: the executable that belongs to this package is missing; .+\n$/,
      )
      await succeed(['mv', '/home/ada/elsewhere', `${place}/bin/mathesarctl`])
      await succeed([...uninstall(place), 'mathesarctl'])
      expect(await succeed(['find', place, '-name', '*mathesarctl*'])).toBe('')
    },
  )

  test('reports at once that the source distribution has no executable for the machine', async () => {
    for (const name of ['pip', 'uv'] as const) {
      const command = [...INSTALLERS[name].install(`/home/ada/${name}`), `/srv/${SDIST}`]
      const { status, stdout, stderr } = await run(['setarch', 'i686', ...command])
      expect(status).not.toBe(0)
      const said = (stdout + stderr).replace(/\s+/g, ' ')
      expect(said).toContain(
        `mathesarctl-${VERSION} has no executable for this machine (linux, i686, 64 bits, glibc`,
      )
      expect(said).toContain('carries those for manylinux_2_28_x86_64.')
      expect(said).not.toContain('Traceback')
    }
  })

  if (fromSources === undefined) return
  test('installs the same files from the source distribution', async () => {
    const place = `/home/ada/${fromSources}`
    await succeed([...INSTALLERS[fromSources].install(place), `/srv/${SDIST}`])
    expect(await installed(debian, place, python)).toBe(listings.get(fromSources))
  })
})

describe('other ways to install, on Debian bookworm', () => {
  const debian = debianWithPackages('bookworm')
  const { run, succeed } = debian

  test('builds the same wheel and the same source distribution from the source distribution', async () => {
    const script = 'import backend; print(backend.build_wheel("/home/ada"), backend.build_sdist("/home/ada"))'
    const tree = '/home/ada/tree'
    await succeed(['mkdir', tree])
    await succeed(['tar', '-xzf', `/srv/${SDIST}`, '-C', tree, '--strip-components=1'])
    const built = await succeed(['python3', '-c', script], { PYTHONPATH: `${tree}/build_backend` })
    expect(built).toBe(`${WHEEL} ${SDIST}\n`)
    const members = (path: string) => succeed(['python3', '/srv/wheel.py', path])
    expect(await members(`/home/ada/${WHEEL}`)).toBe(await members(`/srv/${WHEEL}`))
    const sources = (path: string) =>
      succeed(['sh', '-c', 'tar --utc -tvzf "$0" | grep -v "/$" | tr -s " "', path])
    expect(await sources(`/home/ada/${SDIST}`)).toBe(await sources(`/srv/${SDIST}`))
  })

  test('the module finds its executable for the user, below a prefix and in a directory', async () => {
    await succeed(['python3', '-m', 'venv', '/home/ada/tools'])
    const pip = ['/home/ada/tools/bin/pip', '--python', '/usr/bin/python3', 'install', '--no-index']
    const module = ['python3', '-m', 'mathesarctl', '--version']
    expect(await run(module)).toMatchObject({ status: 1 })
    // Where the record leads after pip has moved the files.
    await succeed(['install', '-D', '/bin/echo', '/home/ada/bin/mathesarctl'])
    const target = '/home/ada/elsewhere/target'
    await succeed([...pip, '--target', target, `/srv/${WHEEL}`])
    expect(await succeed(module, { PYTHONPATH: target })).toBe(`${VERSION}\n`)
    await succeed(['rm', `${target}/bin/mathesarctl`])
    expect(await run(module, { PYTHONPATH: target })).toMatchObject({ status: 1 })
    await succeed([...pip, '--prefix', '/home/ada/prefix', `/srv/${WHEEL}`])
    const location = await succeed([
      'find',
      '/home/ada/prefix',
      '-name',
      'mathesarctl',
      '-path',
      '*-packages/*',
    ])
    expect(await succeed(module, { PYTHONPATH: dirname(location.trim()) })).toBe(`${VERSION}\n`)
    await succeed([...pip, '--user', '--break-system-packages', `/srv/${WHEEL}`])
    expect(await succeed(module)).toBe(`${VERSION}\n`)
  })

  test('other installers do not confuse musl with glibc', async () => {
    const script = `import os, backend
def confstr(name):
    raise ValueError(name)
os.confstr = confstr
backend.get_requires_for_build_wheel()`
    const { status, stderr } = await run(['python3', '-c', script], {
      PYTHONPATH: '/home/ada/tree/build_backend',
    })
    expect(stderr).toContain('no executable for this machine (linux, x86_64, 64 bits, no glibc)')
    expect(status).toBe(1)
  })

  test('pipx installs and runs it', async () => {
    const tool = ['python3', '-m', 'pipx', 'run', '--spec', `/srv/${WHEEL}`, 'mathesarctl', '--version']
    expect(await succeed(tool, { PYTHONPATH: '/opt/pipx', PIP_NO_INDEX: '1' })).toBe(`${VERSION}\n`)
  })

  test('uv runs it without an install', async () => {
    const tool = ['uv', 'tool', 'run', '--no-index', '--from', `/srv/${WHEEL}`, 'mathesarctl']
    expect(await succeed([...tool, '--version'])).toBe(`${VERSION}\n`)
  })
})
