import { accessSync, constants, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { buildProgram } from '../../src/cli/program.ts'
import { repository } from '../support/program.ts'

interface Workflow {
  permissions: unknown
  concurrency: unknown
  jobs: Record<string, Job>
}

interface Job {
  permissions?: Record<string, string>
  environment?: string
  'timeout-minutes'?: number
  steps: Step[]
}

interface Step {
  uses?: string
  with?: Record<string, unknown>
  run?: string
}

const directory = join(repository, '.github/workflows')

describe.each(readdirSync(directory))('%s', (name) => {
  const text = readFileSync(join(directory, name), 'utf8')
  const workflow = parse(text) as Workflow
  const jobs = Object.values(workflow.jobs)
  const steps = jobs.flatMap((job) => job.steps)
  const commands = steps.flatMap(({ run }) => (run === undefined ? [] : [run]))

  test('pins actions by their full hash, and names the version', () => {
    for (const [line] of text.matchAll(/^.*\buses:.*$/gm)) {
      expect(line).toMatch(/uses: [\w.-]+\/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/)
    }
  })

  test('uses each action in one version', () => {
    const versions = new Map(
      steps.flatMap(({ uses }) => (uses ? [uses.split('@')] : [])).map(([key = '', hash]) => [key, hash]),
    )
    for (const { uses } of steps) {
      const [action = '', hash] = uses?.split('@') ?? []
      if (action) expect(hash).toBe(versions.get(action))
    }
  })

  test('states the permissions of every job', () => {
    expect(workflow.permissions).toEqual({})
    expect(workflow.concurrency).toBeDefined()
    for (const job of jobs) {
      expect(job.permissions).toBeDefined()
      expect(job['timeout-minutes']).toBeGreaterThan(0)
    }
  })

  test('publishes only from an environment that somebody approves', () => {
    for (const [key, { permissions = {}, environment }] of Object.entries(workflow.jobs)) {
      const isPublishing =
        'packages' in permissions || ('id-token' in permissions && !('attestations' in permissions))
      if (isPublishing || key === 'apt') expect([key, environment]).toEqual([key, key])
    }
    expect(
      text.includes('secrets.') ? [...text.matchAll(/secrets\.(\w+)/g)].map(([, secret]) => secret) : [],
    ).toEqual(name === 'release.yml' ? ['APT_SIGNING_KEY'] : [])
  })

  test('leaves no token behind in a checkout', () => {
    for (const { uses, with: settings } of steps) {
      if (uses?.startsWith('actions/checkout@'))
        expect(settings).toMatchObject({ 'persist-credentials': false })
    }
  })

  test('puts no expression of GitHub into the text of a script', () => {
    for (const command of commands) expect(command).not.toContain('${{')
  })

  test('calls only scripts that exist and can be run', () => {
    const called = commands.flatMap((command) => command.match(/\b(?:scripts|bin)\/[\w./-]+/g) ?? [])
    expect(called).not.toEqual([])
    for (const path of called.filter((one) => !one.endsWith('/attest'))) {
      accessSync(join(repository, path), path.endsWith('.mjs') ? constants.R_OK : constants.X_OK)
    }
  })

  test('uses only flags of mathesarctl that exist', () => {
    const build = buildProgram().commands.find((command) => command.name() === 'build')
    const known = [build, ...(build?.commands ?? [])].flatMap((command) => command?.options ?? [])
    for (const command of commands) {
      for (const [line] of command.replaceAll('\\\n', ' ').matchAll(/mathesarctl\.js build.*/g)) {
        for (const [flag] of line.matchAll(/--[a-z-]+/g))
          expect(known.map(({ long }) => long)).toContain(flag)
      }
    }
  })
})
