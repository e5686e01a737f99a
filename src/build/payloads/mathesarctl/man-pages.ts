import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Checkout } from './checkout.ts'

/** A man page of section 1. */
export interface ManPage {
  /** The name of its file, such as `mathesarctl-db.1`. */
  readonly name: string
  readonly text: string
}

/** Returns the man pages of a checkout, sorted by name. */
export async function readManPages({ root }: Checkout): Promise<ManPage[]> {
  const names = (await readdir(join(root, 'man'))).filter((name) => name.endsWith('.1')).sort()
  return Promise.all(
    names.map(async (name) => ({ name, text: await readFile(join(root, 'man', name), 'utf8') })),
  )
}
