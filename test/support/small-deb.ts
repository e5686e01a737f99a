import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

export interface SmallDeb {
  name?: string
  version: string
  architecture?: string
  /** The text that its /usr/bin/NAME prints. */
  output?: string
  /** Further files, by absolute path. */
  files?: Readonly<Record<string, string>>
  fields?: Readonly<Record<string, string>>
  compression?: 'gzip' | 'xz' | 'zstd' | 'none'
}

/** Packs a shell script with dpkg-deb, and returns the path of the package in the directory. */
export function smallDeb(directory: string, deb: SmallDeb): string {
  const { name = 'mathesarctl', version, architecture = 'amd64', output = version, compression = 'xz' } = deb
  const root = mkdtempSync(join(tmpdir(), 'mathesarctl-deb-'))
  // This directory is the / of the package.
  chmodSync(root, 0o755)
  const put = (path: string, content: string, mode = 0o644) => {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), content)
    chmodSync(join(root, path), mode)
  }
  const fields = {
    Package: name,
    Version: version,
    Architecture: architecture,
    Maintainer: 'Test <test@example.org>',
    'Installed-Size': '4',
    Section: 'database',
    Priority: 'optional',
    ...deb.fields,
    Description: 'package of a test\n More of it.\n .\n And a second paragraph.',
  }
  put(
    'DEBIAN/control',
    `${Object.entries(fields)
      .map(([key, value]) => `${key}: ${value}\n`)
      .join('')}`,
  )
  put(`usr/bin/${name}`, `#!/bin/sh\necho "${name} ${output}"\n`, 0o755)
  put(`usr/share/doc/${name}/a file with blanks`, 'x\n')
  for (const [path, content] of Object.entries(deb.files ?? {})) put(path, content)
  mkdirSync(directory, { recursive: true })
  const path = join(directory, `${name}_${version.replace(/^\d+:/, '')}_${architecture}.deb`)
  const packed = spawnSync('dpkg-deb', ['--root-owner-group', `-Z${compression}`, '--build', root, path], {
    encoding: 'utf8',
    env: { ...process.env, SOURCE_DATE_EPOCH: '1790000000' },
  })
  rmSync(root, { recursive: true })
  if (packed.status !== 0) throw new Error(packed.stderr)
  return path
}
