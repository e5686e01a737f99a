import { type FetchEvent, fetchRelease, releaseSource } from '../../databases/interface/schema-source.ts'
import type { SchemaSource } from '../../schema/sources/types.ts'
import type { Invocation } from '../invocation.ts'
import { spinnerLine } from '../spinner.ts'

/** The SQL of a release, and where its tarball is: a path or an address. */
export interface FetchedSource {
  source: SchemaSource
  place: string
}

/**
 * Returns the SQL of a release, from the cache or by a download, which it shows. Errors: as `fetchRelease`.
 *
 * @param checksum the SHA-256 that the tarball must have; `null`: the published one
 */
export async function fetchSource(
  { env, terminal, signal }: Pick<Invocation, 'env' | 'terminal' | 'signal'>,
  release: string,
  checksum: string | null,
): Promise<FetchedSource> {
  const { show, stop, line } = spinnerLine(terminal)
  const onEvent = (event: FetchEvent) => {
    switch (event.type) {
      case 'download':
        line(`Downloading Mathesar ${release} from ${event.host}`)
        break
      case 'received':
        show(`Downloading Mathesar ${release}: ${receivedText(event.bytes, event.length)}`)
        break
      case 'not cached':
        terminal.trace(`The tarball of Mathesar ${release} was not cached: ${event.reason}`)
        break
    }
  }
  try {
    const { place, ...files } = await fetchRelease(release, { env, checksum, signal, onEvent })
    return { source: releaseSource(files), place }
  } finally {
    stop()
  }
}

function receivedText(bytes: number, length: number | null): string {
  const megabytes = (count: number) => (count / 1_000_000).toFixed(1)
  return length === null ? `${megabytes(bytes)} MB` : `${megabytes(bytes)} of ${megabytes(length)} MB`
}
