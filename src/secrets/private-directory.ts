import { chmodSync } from 'node:fs'
import { makeDirectories } from '../make-directories.ts'

/** Makes a directory, with those above it, that its owner alone can enter; one that is there is left as it is. */
export function makePrivateDirectory(path: string): void {
  if (makeDirectories(path, 0o700)) chmodSync(path, 0o700)
}
