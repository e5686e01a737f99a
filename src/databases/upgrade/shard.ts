import { createHash } from 'node:crypto'
import type { ConnectionTarget } from '../../store/types.ts'

/** One of `count` parts of all stored databases; `index` counts from 0. */
export interface Shard {
  index: number
  count: number
}

/**
 * Returns whether a stored database belongs to a shard: the first eight bytes of the SHA-256 of `host NUL
 * port NUL database`, as a big-endian number, modulo the number of shards. That is the same on every machine
 * and in every version, so that each database belongs to exactly one shard wherever they run.
 */
export function isInShard(
  { host, port, database }: Pick<ConnectionTarget, 'host' | 'port' | 'database'>,
  { index, count }: Shard,
): boolean {
  const hash = createHash('sha256').update(`${host}\0${port}\0${database}`).digest()
  return hash.readBigUInt64BE(0) % BigInt(count) === BigInt(index)
}
