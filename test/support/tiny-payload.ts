import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Payload } from '../../src/build/payloads/types.ts'

/** The text of a tiny payload's licenses. */
const LICENSES = { LICENSE: 'Do as you like.\n', 'NOTICES.txt': 'Nobody else wrote any of it.\n' }

/**
 * Returns a payload of a few bytes that offers every format. Its executable is a program of the operating
 * system.
 */
export function tinyPayload(): Payload {
  return {
    about: {
      name: 'tiny-tool',
      version: '1.2.3-rc.1',
      summary: 'a tool for tests',
      description: ['It does nothing, and does so within the first paragraph of its description.', 'Twice.'],
      license: 'MIT',
      homepage: 'https://example.org/',
      maintainer: 'Ann <ann@example.org>',
    },
    epoch: 1_700_000_001,
    components: async () => [
      { name: 'b', version: '2.0.0', license: '(MIT OR Apache-2.0)', purl: 'pkg:npm/b@2.0.0' },
      { name: 'a', version: '1.0.0', license: 'ISC', purl: 'pkg:npm/a@1.0.0' },
    ],
    executable: async (platform, { scratch }) => {
      const path = join(scratch, `tiny-tool-${platform.name}`)
      copyFileSync('/bin/true', path)
      return path
    },
    installedFiles: async () => [
      { kind: 'file', path: '/usr/bin/tiny-tool', content: '#!/bin/sh\n', mode: 0o755 },
      { kind: 'link', path: '/usr/bin/tiny', target: 'tiny-tool' },
      { kind: 'file', path: '/etc/tiny.yaml', content: 'size: tiny\n', isConfiguration: true },
      { kind: 'directory', path: '/var/lib/tiny', mode: 0o700 },
    ],
    contents: {
      binary: async () => ({ licenses: LICENSES }),
      deb: async () => ({
        fields: { Depends: 'libc6 (>= 2.28)', Section: 'database', Priority: 'optional' },
        scripts: { postrm: '#!/bin/sh\nexit 0\n' },
        files: [{ kind: 'file', path: '/usr/share/doc/tiny-tool/copyright', content: 'Do as you like.\n' }],
      }),
      oci: async () => ({
        files: [{ kind: 'file', path: '/usr/share/doc/tiny-tool/LICENSE', content: 'Do as you like.\n' }],
        components: [{ name: 'a', version: '1.0.0', license: 'ISC', purl: 'pkg:npm/a@1.0.0' }],
        revision: '0123456789abcdef0123456789abcdef01234567',
      }),
      npm: async ({ scratch }) => {
        const directory = join(scratch, 'npm')
        mkdirSync(directory)
        const manifest = { name: 'tiny-tool', version: '1.2.3-rc.1', bin: { 'tiny-tool': 'tiny.js' } }
        writeFileSync(join(directory, 'package.json'), JSON.stringify(manifest))
        writeFileSync(join(directory, 'tiny.js'), '#!/usr/bin/env node\n', { mode: 0o755 })
        return { directory }
      },
      pypi: async () => ({
        readme: '# A tool for tests\n',
        classifiers: ['Programming Language :: Python :: 3', 'Environment :: Console'],
        keywords: ['one', 'two'],
        urls: { Source: 'https://example.org/source' },
        python: '3.8',
        licenses: LICENSES,
        data: { 'share/man/man1/tiny-tool.1': '.Dd January 1, 2026\n' },
      }),
    },
  }
}
