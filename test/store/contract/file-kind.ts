import { fileGround } from './grounds.ts'
import type { Kind } from './place.ts'

/** A store in an SQLite file. */
export const FILE_KIND: Kind = {
  name: 'sqlite',
  nodeArguments: [],
  createGround: fileGround,
  holds: {},
  change: { sslmode: 'require', options: null },
  isModern: false,
  hasNicknames: true,
  needsKeyToList: true,
  showsOwner: true,
}
