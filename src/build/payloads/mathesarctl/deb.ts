import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { COMPLETION_SCRIPTS, type Shell } from '../../../completion-scripts.ts'
import { gzipped } from '../../archives/gzip.ts'
import { parseParagraphs } from '../../debian/deb822.ts'
import type { BuildContext, DebContents, InstalledFile, Platform } from '../../types.ts'
import { debianCopyright, parseNotices } from './copyright.ts'
import type { Checkout } from './index.ts'
import { nodeLicence, RUNTIMES } from './runtime.ts'

/** Where each shell looks for the completions of packages. */
const COMPLETIONS: Readonly<Record<Shell, string>> = {
  bash: '/usr/share/bash-completion/completions/mathesarctl',
  zsh: '/usr/share/zsh/vendor-completions/_mathesarctl',
  fish: '/usr/share/fish/vendor_completions.d/mathesarctl.fish',
}

/**
 * The fields of debian/control that the package itself has. What stands in braces there is debhelper's to fill in, and nothing here.
 */
const FIELDS = ['Depends', 'Section', 'Priority']

/**
 * The Debian package from the files in debian/, of which dpkg-buildpackage makes the same package (debian/rules).
 *
 * The package has no postinst: unpacked is installed, and everything that a purge has to know is in the postrm.
 */
export async function debContents(
  checkout: Checkout,
  platform: Platform,
  context: BuildContext,
): Promise<DebContents> {
  const debian = (name: string) => readFile(join(checkout.root, 'debian', name), 'utf8')
  const made = await madeFiles(checkout, platform, context)
  const doc = '/usr/share/doc/mathesarctl'
  return {
    fields: packageFields(await debian('control')),
    files: [
      ...made,
      ...(await manPages(checkout, context)),
      // The version has no packager's revision, so by the policy this is the one changelog.
      {
        kind: 'file',
        path: `${doc}/changelog.gz`,
        content: await gzipped(await debian('changelog'), context),
      },
      {
        kind: 'file',
        path: '/usr/share/lintian/overrides/mathesarctl',
        content: await debian('lintian-overrides'),
      },
      // Whoever can read this file uses the machine's secret key and internal database, which are root's alone. Other users
      // can't read it, and so keep files of their own in their home directories (src/cli/settings/paths.ts). Root may let a group read
      // it as it may the key: dpkg keeps owner and mode when it upgrades.
      {
        kind: 'file',
        path: '/etc/mathesar/mathesarctl.yaml',
        content: await debian('mathesarctl.yaml'),
        mode: 0o640,
        conffile: true,
      },
      // For the internal database, in which credentials are: nobody else is to see even its name and size.
      { kind: 'directory', path: '/var/lib/mathesar', mode: 0o700 },
    ],
    scripts: { postrm: (await debian('postrm')).replace('#DEBHELPER#', '') },
  }
}

/** The files that have to be made and can't be copied from the checkout: debian/rules takes them from here too. */
export async function madeFiles(
  { root }: Checkout,
  platform: Platform,
  context: BuildContext,
): Promise<InstalledFile[]> {
  const notices = parseNotices(await readFile(join(root, 'dist/THIRD-PARTY-NOTICES.txt'), 'utf8'))
  const node = RUNTIMES[platform.name]
  const text = await nodeLicence(platform, node, context)
  return [
    { kind: 'copy', path: '/usr/bin/mathesarctl', from: await context.executable(platform), mode: 0o755 },
    ...Object.entries(COMPLETIONS).map(
      ([shell, path]): InstalledFile => ({
        kind: 'file',
        path,
        content: COMPLETION_SCRIPTS[shell as Shell],
      }),
    ),
    {
      kind: 'file',
      path: '/usr/share/doc/mathesarctl/copyright',
      content: debianCopyright(await readFile(join(root, 'debian/copyright'), 'utf8'), [
        ...notices,
        { name: 'node', version: node, licence: 'Node.js', text },
      ]),
    },
  ]
}

async function manPages({ root }: Checkout, context: BuildContext): Promise<InstalledFile[]> {
  const names = (await readdir(join(root, 'man'))).filter((name) => name.endsWith('.1')).sort()
  return Promise.all(
    names.map(
      async (name): Promise<InstalledFile> => ({
        kind: 'file',
        path: `/usr/share/man/man1/${name}.gz`,
        content: await gzipped(await readFile(join(root, 'man', name)), context),
      }),
    ),
  )
}

function packageFields(control: string): Record<string, string> {
  const [source, own] = parseParagraphs(control)
  const fields = FIELDS.map((name): [string, string] => [name, own?.get(name) ?? source?.get(name) ?? ''])
  return Object.fromEntries(fields.map(([name, value]) => [name, value.replace(/, \$\{[^}]+\}/g, '')]))
}
