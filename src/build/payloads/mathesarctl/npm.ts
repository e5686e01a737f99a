import { cp, mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { NpmPackage } from '../../formats/npm/contents.ts'
import type { BuildContext } from '../../types.ts'
import type { Checkout } from './checkout.ts'

/** Fields of package.json that only a checkout needs. */
const CHECKOUT_FIELDS = ['workspaces', 'allowScripts', 'scripts', 'devDependencies']

/**
 * Copies the files that package.json names, with a package.json that has only the fields that users of the
 * package need.
 */
export async function npmPackage(
  { root, repository }: Checkout,
  { scratch }: BuildContext,
): Promise<NpmPackage> {
  const directory = join(scratch, 'npm')
  const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { files: string[] }
  // npm leaves out the names with an exclamation mark.
  for (const file of manifest.files.filter((name) => !name.startsWith('!'))) {
    await mkdir(dirname(join(directory, file)), { recursive: true })
    await cp(join(root, file), join(directory, file), { recursive: true })
  }
  const published = Object.fromEntries(
    Object.entries(manifest).filter(([key]) => !CHECKOUT_FIELDS.includes(key)),
  )
  const own = {
    ...published,
    // npm compares the provenance with this.
    ...(repository === null ? {} : { repository: { type: 'git', url: `git+${repository}.git` } }),
    publishConfig: { access: 'public', provenance: true },
  }
  await writeFile(join(directory, 'package.json'), `${JSON.stringify(own, null, 2)}\n`)
  return { directory }
}
