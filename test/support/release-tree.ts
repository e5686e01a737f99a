/**
 * A release of Mathesar as the tests need one: its tree, its tarball and its SQL. All of it is our own; it
 * has the names, the numbers and the behavior of a real release, and does nothing besides.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type ReleaseOptions, releaseFiles } from './release/files.ts'
import { versionInTree } from './release/versions.ts'

export { type ReleaseOptions, releaseFiles } from './release/files.ts'
export { versionInTree } from './release/versions.ts'

/** Writes the tree of a release into a directory, which it creates. */
export function writeReleaseTree(directory: string, version: string, options: ReleaseOptions = {}): void {
  const write = (path: string, text: string, mode = 0o644) => {
    mkdirSync(dirname(join(directory, path)), { recursive: true })
    writeFileSync(join(directory, path), text, { mode })
  }
  for (const { name, sql } of releaseFiles(version, options).files) write(`db/sql/${name}`, sql)
  // No install runs these.
  write('db/sql/1_msar_joinable_tables.sql', 'SELECT installed_by_nobody;\n')
  write('db/sql/2_msar_views.sql', 'CREATE SCHEMA msar_views;\n')
  write('db/sql/test_msar.sql', 'CREATE SCHEMA msar_test;\n')
  write('db/sql/test_startup.sql', 'CREATE EXTENSION pgtap;\n')
  write('db/__init__.py', '')
  write('mathesar/__init__.py', `default_app_config = 'app'\n\n__version__ = "${versionInTree(version)}"\n`)
  write('mathesar/install.py', 'print("installed")\n')
  write('bin/mathesar', '#!/usr/bin/env bash\necho started\n', 0o755)
  write('manage.py', '#!/usr/bin/env python\n', 0o755)
  write('pyproject.toml', '[project]\nname = "mathesar"\n')
  write('requirements.txt', 'django\n')
}

/** Writes the tarball of a release. */
export function writeReleaseTarball(
  path: string,
  version: string,
  options: ReleaseOptions & {
    /** What the names in it begin with: `./`, or a folder such as `mathesar-0.11.0/`. */
    prefix?: string
  } = {},
): void {
  const { prefix = '', ...rest } = options
  const directory = mkdtempSync(join(tmpdir(), 'release-'))
  try {
    const isDot = prefix === '' || prefix === './'
    writeReleaseTree(isDot ? directory : join(directory, prefix), version, rest)
    const names = prefix === './' ? ['.'] : prefix === '' ? topNames : [prefix.replace(/\/$/, '')]
    execFileSync('tar', ['-czf', path, '-C', directory, ...names])
  } finally {
    rmSync(directory, { recursive: true })
  }
}

const topNames = ['bin', 'db', 'manage.py', 'mathesar', 'pyproject.toml', 'requirements.txt']
