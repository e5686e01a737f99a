import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipped } from '../../archives/gzip.ts'
import { parseParagraphs } from '../../debian/deb822.ts'
import type { DebPackage } from '../../formats/deb/contents.ts'
import type { Platform } from '../../platforms.ts'
import type { BuildContext, InstalledFile } from '../../types.ts'
import type { Checkout } from './checkout.ts'
import { debianCopyright, parseNotices } from './copyright.ts'
import { RUNTIMES } from './node-packages.ts'
import { nodeLicense } from './runtime.ts'

const DOCUMENTATION = '/usr/share/doc/mathesarctl'

/**
 * The fields that the package copies from debian/control. debhelper replaces what stands in braces there;
 * this build removes it.
 */
const FIELDS = ['Depends', 'Section', 'Priority']

/**
 * Returns what the Debian package has besides the installed files, from the files in debian/.
 * dpkg-buildpackage builds the same package from them (debian/rules).
 *
 * The package has no postinst: unpacking installs it. The postrm does all that a purge needs.
 */
export async function debPackage(
  checkout: Checkout,
  platform: Platform,
  context: BuildContext,
): Promise<DebPackage> {
  const debian = (name: string) => readFile(join(checkout.root, 'debian', name), 'utf8')
  return {
    fields: packageFields(await debian('control')),
    files: [
      await copyrightFile(checkout, platform, context),
      // The version has no packager's revision, so that this is the only changelog that the policy wants.
      {
        kind: 'file',
        path: `${DOCUMENTATION}/changelog.gz`,
        content: await gzipped(await debian('changelog'), context),
      },
      {
        kind: 'file',
        path: '/usr/share/lintian/overrides/mathesarctl',
        content: await debian('lintian-overrides'),
      },
    ],
    scripts: { postrm: (await debian('postrm')).replace('#DEBHELPER#', '') },
  }
}

/** Returns the copyright file of the package: of this tool, and of everything in its executable. */
export async function copyrightFile(
  { root }: Checkout,
  platform: Platform,
  context: BuildContext,
): Promise<InstalledFile> {
  const notices = parseNotices(await readFile(join(root, 'dist/THIRD-PARTY-NOTICES.txt'), 'utf8'))
  const version = RUNTIMES[platform.name]
  const text = await nodeLicense(platform, version, context)
  return {
    kind: 'file',
    path: `${DOCUMENTATION}/copyright`,
    content: debianCopyright(await readFile(join(root, 'debian/copyright'), 'utf8'), [
      ...notices,
      { name: 'node', version, license: 'Node.js', text },
    ]),
  }
}

function packageFields(control: string): Record<string, string> {
  const [source, own] = parseParagraphs(control)
  const fields = FIELDS.map((name): [string, string] => [name, own?.get(name) ?? source?.get(name) ?? ''])
  return Object.fromEntries(fields.map(([name, value]) => [name, value.replace(/, \$\{[^}]+\}/g, '')]))
}
