import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { COMPLETION_SCRIPTS, type Shell } from '../../../completion-scripts.ts'
import { gzipped } from '../../archives/gzip.ts'
import type { Platform } from '../../platforms.ts'
import type { BuildContext, InstalledFile } from '../../types.ts'
import type { Checkout } from './checkout.ts'
import { readManPages } from './man-pages.ts'

/** Where each shell looks for the completions of packages. */
const COMPLETIONS: Readonly<Record<Shell, string>> = {
  bash: '/usr/share/bash-completion/completions/mathesarctl',
  zsh: '/usr/share/zsh/vendor-completions/_mathesarctl',
  fish: '/usr/share/fish/vendor_completions.d/mathesarctl.fish',
}

/** Returns all that this tool installs on a machine, whichever package brings it there. */
export async function installedFiles(
  checkout: Checkout,
  platform: Platform,
  context: BuildContext,
): Promise<InstalledFile[]> {
  return [
    ...(await generatedFiles(platform, context)),
    ...(await manPages(checkout, context)),
    // Anyone who can read this file uses the machine-wide secret key and internal database, which belong to
    // root. Other users can't read it, and so use the files in their home directories
    // (src/cli/settings/paths.ts). Root may let a group read it, as root may let a group read the key: dpkg
    // keeps owner and mode when it upgrades.
    {
      kind: 'file',
      path: '/etc/mathesar/mathesarctl.yaml',
      content: await readFile(join(checkout.root, 'debian/mathesarctl.yaml'), 'utf8'),
      mode: 0o640,
      isConfiguration: true,
    },
    // The directory of the internal database, which holds credentials: nobody else sees even its name and
    // size.
    { kind: 'directory', path: '/var/lib/mathesar', mode: 0o700 },
  ]
}

/**
 * Returns the installed files that a build generates, so that they are in no checkout: debian/rules installs
 * them too.
 */
export async function generatedFiles(platform: Platform, context: BuildContext): Promise<InstalledFile[]> {
  return [
    { kind: 'copy', path: '/usr/bin/mathesarctl', from: await context.executable(platform), mode: 0o755 },
    ...Object.entries(COMPLETIONS).map(
      ([shell, path]): InstalledFile => ({
        kind: 'file',
        path,
        content: COMPLETION_SCRIPTS[shell as Shell],
      }),
    ),
  ]
}

async function manPages(checkout: Checkout, context: BuildContext): Promise<InstalledFile[]> {
  return Promise.all(
    (await readManPages(checkout)).map(
      async ({ name, text }): Promise<InstalledFile> => ({
        kind: 'file',
        path: `/usr/share/man/man1/${name}.gz`,
        content: await gzipped(Buffer.from(text), context),
      }),
    ),
  )
}
