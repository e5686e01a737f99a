import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { repository } from './program.ts'

/** A service of the Compose file in docs/containers.md. */
export interface ComposeService {
  profiles: string[]
  read_only: boolean
  environment: Record<string, string>
  volumes: string[]
}

/** The pod of the job in docs/containers.md. */
export interface Pod {
  automountServiceAccountToken: boolean
  securityContext: { runAsNonRoot: boolean; fsGroup: number; seccompProfile: { type: string } }
  containers: {
    args: string[]
    env: { name: string; value: string }[]
    securityContext: Record<string, unknown>
    volumeMounts: { name: string; mountPath: string; readOnly?: boolean }[]
  }[]
  volumes: { name: string; secret?: { defaultMode: number } }[]
}

/** Returns the blocks of a page, by default of docs/containers.md, in a language: `sh` or `yaml`. */
export function blocks(language: string, page = 'docs/containers.md'): string[] {
  const text = readFileSync(join(repository, page), 'utf8')
  return [...text.matchAll(/^```(\w+)\n(.*?)^```$/gms)].flatMap(([, name, block = '']) =>
    name === language ? [block] : [],
  )
}

const objects = (page?: string) =>
  blocks('yaml', page).flatMap((block) =>
    parseAllDocuments(block).map((one) => one.toJS() as Record<string, unknown>),
  )

/** Returns the service of the tool in a page, by default docs/containers.md. */
export function composeService(page?: string): ComposeService {
  const files = objects(page) as { services?: { mathesarctl?: ComposeService } }[]
  const [service] = files.flatMap(({ services }) => services?.mathesarctl ?? [])
  if (service === undefined) throw new Error('the page has no service mathesarctl')
  return service
}

export function jobPod(): Pod {
  const job = objects().find(({ kind }) => kind === 'Job') as { spec: { template: { spec: Pod } } }
  return job.spec.template.spec
}
