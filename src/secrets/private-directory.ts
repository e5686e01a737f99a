import { chmodSync, mkdirSync } from 'node:fs'

/** Makes a directory, with those above it, that its owner alone can enter; one that is there is left as it is. */
export function makePrivateDirectory(path: string): void {
  // The result is the first one that was made, or undefined where all were there.
  if (mkdirSync(path, { recursive: true, mode: 0o700 }) !== undefined) chmodSync(path, 0o700)
}
