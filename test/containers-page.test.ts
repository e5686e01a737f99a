import { expect, test } from 'vitest'
import { buildProgram } from '../src/cli/program.ts'
import { ENVIRONMENT } from '../src/cli/reference.ts'
import { blocks, composeService, jobPod } from './support/containers-page.ts'

const variables = ENVIRONMENT.map(([name]) => name)

test('the Compose file keeps the tool out of `docker compose up`, and mounts the key read-only', () => {
  const { profiles, read_only, environment, volumes } = composeService()
  expect({ profiles, read_only }).toEqual({ profiles: ['tools'], read_only: true })
  expect(volumes).toContain('./msar/secrets:/mathesar-secrets:ro')
  for (const name of Object.keys(environment)) expect(variables.join(' ')).toContain(name)
})

test('the pod meets the Pod Security Standard "restricted", and can read its secrets', () => {
  const { containers, securityContext, volumes, automountServiceAccountToken } = jobPod()
  expect(automountServiceAccountToken).toBe(false)
  expect(securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } })
  expect(containers[0]?.securityContext).toEqual({
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  })
  // YAML 1.1, which Kubernetes reads, takes 0440 as octal; YAML 1.2 needs 0o440.
  expect(volumes.find(({ secret }) => secret)?.secret?.defaultMode).toBe(440)
  for (const { name } of containers[0]?.env ?? []) expect(variables.join(' ')).toContain(name)
})

test('the commands of the page use only flags of mathesarctl that exist', () => {
  const known = (path: readonly string[]) =>
    path.reduce(
      (command, word) => command.commands.find((one) => one.name() === word) ?? command,
      buildProgram(),
    )
  const add = known(['db', 'add'])
  const flags = [...add.options, ...buildProgram().options].map(({ long }) => long)
  const adds = blocks('sh').flatMap(
    (block) => block.replaceAll('\\\n', ' ').match(/(?<= )db add library .*/g) ?? [],
  )
  expect(adds).toHaveLength(2)
  for (const line of [...adds, jobPod().containers[0]?.args.join(' ') ?? '']) {
    for (const [flag] of line.matchAll(/--[a-z-]+/g)) expect(flags).toContain(flag)
  }
})
