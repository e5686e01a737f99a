import { addressOf, isLoopback, isSocketDirectory } from '../../../../databases/interface/loopback.ts'
import { CONTAINER_HOST } from '../../../../databases/loopback.ts'
import type { HostAddress } from '../../../../postgres/types.ts'
import type { Choice, Prompts } from '../../../prompts/prompts.ts'
import type { Reporter } from '../../../terminal.ts'
import type { AddDraft } from './draft.ts'

interface ContainerContext {
  prompts: Prompts
  reporter: Reporter
  /** Where this machine reaches hosts, as the command line and the configuration state it. */
  addresses: ReadonlyMap<string, HostAddress> | undefined
}

/**
 * Offers to store the name by which a container reaches this machine, where the host of the draft is this
 * machine itself. Mathesar, which runs in a container, would find only that container there.
 */
export async function offerContainerHost(
  draft: AddDraft,
  { prompts, reporter, addresses }: ContainerContext,
): Promise<AddDraft> {
  const { values, sources } = draft.connection
  const { host } = values
  if (host === undefined || !isLoopback(host) || addressOf(addresses, host)) return draft
  reporter.explain()
  reporter.explain(
    `This Mathesar runs in a container, where "${host}" is the container itself, and not this machine.`,
  )
  const choices: Choice<string>[] = [
    {
      value: CONTAINER_HOST,
      name: `Store ${CONTAINER_HOST}`,
      description:
        'The name of this machine in a container of Docker Desktop, and of Docker on Linux with ' +
        `--add-host ${CONTAINER_HOST}:host-gateway. This run connects through the loopback address.`,
    },
    { value: host, name: `Store ${host}`, description: 'Mathesar looks for the server in its container.' },
  ]
  const chosen = await prompts.choice('Which host does Mathesar connect to?', choices, CONTAINER_HOST)
  if (chosen === host) return draft
  const address = isSocketDirectory(host) ? '127.0.0.1' : host
  const known = addressOf(addresses, CONTAINER_HOST)
  if (!known) {
    const pair = `--address ${CONTAINER_HOST}=${address.includes(':') ? `[${address}]` : address}`
    reporter.explain(`Later commands on this machine reach it with: ${pair}`)
  }
  return {
    ...draft,
    connection: {
      ...draft.connection,
      values: { ...values, host: CONTAINER_HOST },
      sources: { ...sources, host: 'prompt' },
    },
    ...(known ? {} : { addresses: new Map([[CONTAINER_HOST, { address, origin: 'address' as const }]]) }),
  }
}
