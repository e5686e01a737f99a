import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { onTestFinished } from 'vitest'
import { temporaryDirectory } from './cli.ts'
import { freePort } from './postgres.ts'
import { repository } from './program.ts'

/** The registry of CNCF Distribution, which `.ci/run` compiles. */
const PROGRAM = join(repository, '.cache/go/registry')

export interface RegistrySettings {
  /** Of its configuration file, such as `auth`; the storage and the address come from this module. */
  sections?: Readonly<Record<string, unknown>>
  /** Of the section `http`, such as `tls`. */
  http?: Readonly<Record<string, unknown>>
}

/**
 * Starts a registry on this machine with an empty storage, and ends it with the test. Returns its host with
 * its port.
 */
export async function startRegistry({ sections, http }: RegistrySettings = {}): Promise<string> {
  if (!existsSync(PROGRAM)) {
    throw new Error(
      `${PROGRAM} does not exist: GOBIN=$PWD/.cache/go go install ` +
        'github.com/distribution/distribution/v3/cmd/registry@v3.1.2',
    )
  }
  const directory = temporaryDirectory()
  const host = `127.0.0.1:${await freePort()}`
  const configuration = {
    version: '0.1',
    log: { level: 'error' },
    storage: { filesystem: { rootdirectory: join(directory, 'storage') }, delete: { enabled: true } },
    http: { addr: host, ...http },
    ...sections,
  }
  // YAML reads JSON.
  writeFileSync(join(directory, 'config.yml'), JSON.stringify(configuration))
  const child = spawn(PROGRAM, ['serve', join(directory, 'config.yml')], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { PATH: process.env.PATH, OTEL_TRACES_EXPORTER: 'none' },
  })
  onTestFinished(async () => {
    child.kill('SIGKILL')
    if (child.exitCode === null && child.signalCode === null)
      await new Promise((resolve) => child.once('exit', resolve))
  })
  await untilItAnswers(child, http?.tls === undefined ? `http://${host}/v2/` : null)
  return host
}

async function untilItAnswers(child: ChildProcess, url: string | null): Promise<void> {
  let errors = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    errors += text
  })
  for (let attempt = 0; attempt < 200; attempt++) {
    if (child.exitCode !== null) throw new Error(`the registry ended: ${errors}`)
    if (url === null && attempt === 20) return
    const answers =
      url !== null &&
      (await fetch(url).then(
        () => true,
        () => false,
      ))
    if (answers) return
    await wait(100)
  }
  throw new Error(`the registry does not answer: ${errors}`)
}
