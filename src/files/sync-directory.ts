import { closeSync, fsyncSync, openSync } from 'node:fs'

/** Writes a new name in a directory to the disk, so that it survives a power failure. */
export function syncDirectory(path: string): void {
  if (process.platform === 'win32') return
  const directory = openSync(path, 'r')
  try {
    fsyncSync(directory)
  } finally {
    closeSync(directory)
  }
}
