import { execFileSync, spawnSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { OperatorError } from '../../../src/errors.ts'
import { type ReadReleaseOptions, readRelease } from '../../../src/schema/sources/release/read.ts'
import type { ReleaseFiles } from '../../../src/schema/sources/release/source.ts'
import { temporaryDirectory } from '../../support/cli.ts'
import { ALICE, BOB, changeOwner, itAsRoot } from '../../support/other-users.ts'
import { FILES, OTHERS, smallRelease, sqlOf, writeFiles } from './release-support.ts'

const treeOf = (version: string | null, names?: readonly string[]) =>
  writeFiles(join(temporaryDirectory(), 'mathesar'), smallRelease(version, names))

const filesOf = ({ files }: ReleaseFiles) => files.map(({ name }) => name)

async function refusal(path: string, options?: ReadReleaseOptions): Promise<OperatorError> {
  const outcome = await readRelease(path, options).catch((error: unknown) => error)
  if (!(outcome instanceof OperatorError)) throw outcome
  return outcome
}

const changed = (change: (sql: string) => void): string => {
  const tree = treeOf('0.11.0')
  change(join(tree, 'db/sql'))
  return tree
}

describe('the tree of a release', () => {
  it('returns the files of the release in the order of its own install, and its version', async () => {
    const release = await readRelease(treeOf('0.11.0'))
    expect(release.version).toBe('0.11.0')
    expect(release.files).toEqual(FILES.map((name) => ({ name, sql: sqlOf(name) })))
  })

  it('leaves out tests and the files of earlier releases', async () => {
    const names = filesOf(await readRelease(treeOf('0.4.0')))
    for (const other of OTHERS) expect(names).not.toContain(other)
  })

  it('accepts the eight files of 0.2.0 to 0.2.2', async () => {
    const names = FILES.filter((name) => !name.startsWith('46'))
    for (const version of ['0.2.0', '0.2.1', '0.2.2'])
      expect(filesOf(await readRelease(treeOf(version, names)))).toEqual(names)
    expect((await refusal(treeOf('0.2.3', names))).message).toContain('46_*.sql is missing')
  })

  it('accepts files that a later release adds, and needs of such a release only the essential ones', async () => {
    const added = [...FILES, '07_more.sql', '60_last.sql']
    expect(filesOf(await readRelease(treeOf('0.12.0', added)))).toEqual([...added].sort())
    const few = ['00_a.sql', '02_b.sql', '05_c.sql']
    expect(filesOf(await readRelease(treeOf('1.0.0', few)))).toEqual(few)
    const { code, message } = await refusal(treeOf('1.0.0', ['00_a.sql', '05_c.sql', '10_d.sql']))
    expect(code).toBe('USAGE')
    expect(message).toContain('02_*.sql is missing')
  })

  it('refuses a known release that lacks some of its files, and names them', async () => {
    const { code, message } = await refusal(treeOf('0.11.0', ['00_a.sql', '02_b.sql', '05_c.sql']))
    expect(code).toBe('USAGE')
    expect(message).toContain('01_*.sql')
    expect(message).toContain('50_*.sql are missing')
  })

  it('reads the version as text, in any usual spelling', async () => {
    const tree = treeOf('0.11.0')
    const write = (text: string) => writeFileSync(join(tree, 'mathesar/__init__.py'), text)
    for (const line of [
      `__version__ = '0.9.0'`,
      `__version__="0.9.0"  # new`,
      `__version__: str = "0.9.0"`,
    ]) {
      write(`import sys\n# __version__ = "7.0.0"\n${line}\n`)
      expect((await readRelease(tree)).version).toBe('0.9.0')
    }
    write('import os\nos.abort()\n__version__ = "0.12.0-rc.1"\r\n')
    expect((await readRelease(tree)).version).toBe('0.12.0-rc.1')
  })

  it('refuses a tree that states no version, even with a release', async () => {
    const tree = treeOf('0.11.0')
    for (const text of ['', 'VERSION = "0.11.0"', '__version__ = "0.11.0 x=y"', '__version__ = get()']) {
      writeFileSync(join(tree, 'mathesar/__init__.py'), text)
      const { code, message } = await refusal(tree, { release: '0.11.0' })
      expect(code).toBe('USAGE')
      expect(message).toContain('does not state its version')
    }
  })

  it('accepts a release that is that of the tree, and refuses another one', async () => {
    const tree = treeOf('0.9.0')
    expect((await readRelease(tree, { release: '0.9.0' })).version).toBe('0.9.0')
    expect((await readRelease(tree, { release: 'v0.9.0' })).version).toBe('0.9.0')
    // The tag 0.10.0 calls itself 0.9.0.
    expect((await readRelease(tree, { release: '0.10.0' })).version).toBe('0.9.0')
    const { code, message, details } = await refusal(tree, { release: '0.10.1' })
    expect([code, details.field]).toEqual(['USAGE', 'release'])
    expect(message).toContain('is Mathesar 0.9.0, and --release names 0.10.1')
  })

  it('refuses releases before 0.2.0 and the test of it, and names the bundled SQL', async () => {
    const legacy = join(temporaryDirectory(), 'old')
    writeFiles(legacy, smallRelease('0.1.7', ['0_msar.sql', '3_msar_custom_aggregates.sql']))
    for (const tree of [legacy, treeOf('0.1.7'), treeOf('0.2.0-testing.1')]) {
      expect((await refusal(tree)).code).toBe('USAGE')
    }
    expect((await refusal(legacy)).message).toContain('Mathesar 0.1.7')
    expect((await refusal(legacy)).hint).toContain('--schema-source bundled')
    for (const release of ['0.1.4', '0.1.7', '0.2.0-testing.1']) {
      expect((await refusal(treeOf(null), { release })).message).toContain(`Mathesar ${release}`)
    }
    for (const release of [
      'latest',
      '11',
      '0.11',
      'v0.11',
      '0.11.0.0',
      '0.11-rc.1',
      '0.11.0; DROP',
      '',
      '../x',
    ]) {
      expect((await refusal(treeOf(null), { release })).details.field).toBe('release')
    }
  })

  it('follows links inside of the tree, and refuses those that leave it', async () => {
    const inside = treeOf('0.11.0')
    renameSync(join(inside, 'db'), join(inside, 'database'))
    symlinkSync('database', join(inside, 'db'))
    renameSync(join(inside, 'database/sql/05_msar.sql'), join(inside, 'msar.sql'))
    symlinkSync('../../msar.sql', join(inside, 'database/sql/05_msar.sql'))
    expect(filesOf(await readRelease(inside))).toEqual([...FILES])
    const link = join(temporaryDirectory(), 'current')
    symlinkSync(inside, link)
    expect(filesOf(await readRelease(link))).toEqual([...FILES])

    const outside = treeOf('0.11.0')
    copyFileSync(join(outside, 'db/sql/05_msar.sql'), join(outside, '../msar.sql'))
    rmSync(join(outside, 'db/sql/05_msar.sql'))
    symlinkSync('../../../msar.sql', join(outside, 'db/sql/05_msar.sql'))
    expect((await refusal(outside)).message).toContain('leads out of')
    const moved = treeOf('0.11.0')
    cpSync(join(moved, 'db'), join(moved, '../db'), { recursive: true })
    rmSync(join(moved, 'db'), { recursive: true })
    symlinkSync('../db', join(moved, 'db'))
    expect((await refusal(moved)).message).toContain('leads out of')
    const dangling = changed((sql) => {
      rmSync(join(sql, '05_msar.sql'))
      symlinkSync('nowhere', join(sql, '05_msar.sql'))
    })
    expect((await refusal(dangling)).message).toContain('it does not exist')
  })

  it('refuses a named pipe and a directory in the place of a file at once', async () => {
    const pipe = changed((sql) => {
      rmSync(join(sql, '05_msar.sql'))
      execFileSync('mkfifo', [join(sql, '05_msar.sql')])
    })
    const directory = changed((sql) => {
      rmSync(join(sql, '05_msar.sql'))
      mkdirSync(join(sql, '05_msar.sql'))
    })
    for (const tree of [pipe, directory]) {
      const { code, message } = await refusal(tree)
      expect(code).toBe('USAGE')
      expect(message).toContain('05_msar.sql')
      expect(message).toContain('not a regular file')
    }
    const alone = join(temporaryDirectory(), 'pipe')
    execFileSync('mkfifo', [alone])
    expect((await refusal(alone)).message).toContain('neither a directory nor a regular file')
    expect((await refusal('/dev/zero')).message).toContain('neither a directory nor a regular file')
  })

  it('refuses files that are too large, each and together', async () => {
    const comment = (size: number) => `--${'x'.repeat(size)}\n`
    const large = changed((sql) => writeFileSync(join(sql, '05_msar.sql'), comment(8 * 1024 * 1024)))
    expect((await refusal(large)).message).toContain('longer than 8 MiB')
    const many = changed((sql) => {
      for (const name of FILES) writeFileSync(join(sql, name), comment(7 * 1024 * 1024))
    })
    expect((await refusal(many)).message).toContain('more than 32 MiB')
  })

  it('refuses what an install cannot run in its transaction', async () => {
    for (const [text, reason] of [
      [Buffer.from([0x53, 0xe9, 0x3b]), 'not UTF-8'],
      ['\u{FEFF}SELECT 1;', 'byte order mark'],
      ['SELECT 1;\0', 'zero byte'],
      [' \n', 'empty'],
      ['SELECT 1;\n\\i other.sql\n', 'command of psql'],
      ['SELECT 1;\n  \\set x 1\nSELECT 2;', 'command of psql'],
      ['SELECT 1;\nCOMMIT;\nSELECT 2;', 'COMMIT'],
      ['/* x */ begin;', 'BEGIN'],
      ['SELECT 1; -- x\nRollback', 'ROLLBACK'],
      ["SELECT 'x' \\gexec\n", 'command of psql'],
      ['SELECT begin, atomic FROM (VALUES (1, 2)) v(begin, atomic); COMMIT;', 'COMMIT'],
      ['SELECT 1 AS \u20ac$$; COMMIT; SELECT 1 AS \u20ac$$;', 'COMMIT'],
      ["SELECT 'a' LIKE 'b' ESCAPE'\\'; COMMIT; --'", 'COMMIT'],
      ["SELECT E'a'\n'b\\''; COMMIT; --'", 'COMMIT'],
      [
        'CREATE FUNCTION msar.c(begin msar.atomic) RETURNS int LANGUAGE sql AS $$ SELECT 1 $$; COMMIT;',
        'COMMIT',
      ],
      [
        'CREATE FUNCTION msar.c() RETURNS int BEGIN ATOMIC SELECT t.case FROM (VALUES (1)) t("case"); END; COMMIT;',
        'COMMIT',
      ],
    ] as const) {
      const { code, message } = await refusal(
        changed((sql) => writeFileSync(join(sql, '10_msar_joinable_tables.sql'), text)),
      )
      expect(code).toBe('USAGE')
      expect(message).toContain('10_msar_joinable_tables.sql of ')
      expect(message).toContain(reason)
    }
  })

  it('refuses two files of one number, and names them', async () => {
    const { code, message } = await refusal(
      changed((sql) => writeFileSync(join(sql, '05_msar.bak.sql'), 'SELECT 1;')),
    )
    expect(code).toBe('USAGE')
    expect(message).toContain('2 files of the number 05, 05_msar.bak.sql and 05_msar.sql')
  })

  it('accepts backslashes and transaction words inside strings, bodies and comments', async () => {
    const text = [
      "SELECT E'\\\\d',\n'\n\\d x\n';",
      'DO $$\nBEGIN\n  PERFORM 1;\nEND\n$$;',
      'CREATE FUNCTION msar.f() RETURNS int LANGUAGE sql BEGIN ATOMIC\n SELECT 1;\nEND;',
      'CREATE FUNCTION msar.h() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1 end; SELECT 2; END; SELECT 3;',
      'CREATE FUNCTION msar.i() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; END;',
      "DO $$ BEGIN PERFORM E'\\'\n\\d'; END $$;",
      '/*\n\\i x\nCOMMIT;\n*/',
      'CREATE FUNCTION msar.g() RETURNS text AS $f$\nBEGIN\n  \\q\nCOMMIT;\nEND\n$f$ LANGUAGE plpgsql;',
      '-- COMMIT;\n-- ü\n',
    ].join('\n')
    const tree = changed((sql) => writeFileSync(join(sql, '05_msar.sql'), text))
    expect((await readRelease(tree)).files[3]).toEqual({ name: '05_msar.sql', sql: text })
  })

  it('states why a path cannot be read', async () => {
    const nowhere = join(temporaryDirectory(), 'nowhere')
    const missing = await refusal(nowhere)
    expect(missing.message).toBe(`The SQL of the release can't be read from ${nowhere}: it does not exist.`)
    expect(missing.details.field).toBe('schema-source')
    const empty = await refusal(temporaryDirectory())
    expect(empty.message).toContain('has no SQL of a Mathesar release')
    expect(empty.hint).toContain('mathesar.tar.gz')
    const file = join(treeOf('0.11.0'), 'manage.py')
    expect((await refusal(join(file, 'x'))).message).toContain('a part of its path is not a directory')
  })

  itAsRoot('refuses files that others could have changed, and accepts those of one owner', async () => {
    const writable = changed((sql) => chmodSync(join(sql, '05_msar.sql'), 0o666))
    expect((await refusal(writable)).message).toContain('other users can write to it')
    const open = changed((sql) => chmodSync(sql, 0o777))
    expect((await refusal(open)).message).toContain('other users can write to the directory')
    const theirs = treeOf('0.11.0')
    execFileSync('chown', ['-R', String(ALICE), theirs])
    expect((await readRelease(theirs)).version).toBe('0.11.0')
    expect((await refusal(theirs, { trust: { named: false } })).message).toContain('belongs to another user')
    changeOwner(BOB, join(theirs, 'db/sql/05_msar.sql'))
    expect((await refusal(theirs)).message).toContain('belongs to another user')
  })
})

describe('db/sql alone', () => {
  const copyOf = (tree: string) => {
    const copy = join(temporaryDirectory(), 'copied')
    cpSync(join(tree, 'db/sql'), copy, { recursive: true })
    return copy
  }

  it('needs the release, and records what that release calls itself', async () => {
    const copy = copyOf(treeOf('0.11.0'))
    const { code, message, hint, details } = await refusal(copy)
    expect([code, details.field]).toEqual(['USAGE', 'release'])
    expect(message).toContain('does not state of which one')
    expect(hint).toContain('--release')
    expect((await readRelease(copy, { release: '0.11.0' })).version).toBe('0.11.0')
    expect((await readRelease(copy, { release: '0.10.0' })).version).toBe('0.9.0')
    expect((await readRelease(copy, { release: '0.10.1' })).version).toBe('0.10.1')
    expect(filesOf(await readRelease(copy, { release: '0.11.0' }))).toEqual([...FILES])
  })

  it('is read with the version of the tree that it is in', async () => {
    const tree = treeOf('0.11.0')
    expect((await readRelease(join(tree, 'db/sql'))).version).toBe('0.11.0')
    expect((await readRelease(`${join(tree, 'db/sql')}/`)).version).toBe('0.11.0')
    expect((await refusal(join(tree, 'db/sql'), { release: '0.9.0' })).details.field).toBe('release')
  })

  it('is found in a directory into which docker cp copied it', async () => {
    const directory = temporaryDirectory()
    cpSync(join(treeOf('0.11.0'), 'db/sql'), join(directory, 'sql'), { recursive: true })
    expect((await readRelease(directory, { release: '0.11.0' })).files).toHaveLength(9)
    const database = temporaryDirectory()
    cpSync(join(treeOf('0.11.0'), 'db'), join(database, 'db'), { recursive: true })
    expect((await readRelease(join(database, 'db'), { release: '0.11.0' })).files).toHaveLength(9)
    expect((await readRelease(database, { release: '0.11.0' })).files).toHaveLength(9)
  })

  it('is read with the version of the tree that it is in, where the operator names db of it', async () => {
    const tree = treeOf('0.11.0')
    expect((await readRelease(join(tree, 'db'))).version).toBe('0.11.0')
    expect((await refusal(join(tree, 'db'), { release: '0.9.0' })).details.field).toBe('release')
  })

  it('is refused where a second copy went below the first one, or beside it', async () => {
    const old = treeOf('0.8.0')
    const current = join(treeOf('0.11.0'), 'db/sql')
    const into = (place: string, from = join(old, 'db/sql')) => {
      const directory = temporaryDirectory()
      cpSync(from, directory, { recursive: true })
      cpSync(current, join(directory, place), { recursive: true })
      return directory
    }
    for (const directory of [into('sql'), into('db/sql'), into('db/sql', join(old, 'db'))]) {
      const { code, message, hint } = await refusal(directory, { release: '0.11.0' })
      expect(code).toBe('USAGE')
      expect(message).toContain('has the SQL of a release twice')
      expect(message).toContain(directory)
      expect(hint).toContain(`rm -r ${directory}`)
    }
    const tree = treeOf('0.11.0')
    cpSync(current, join(tree, 'db/sql/sql'), { recursive: true })
    for (const path of ['', 'db', 'db/sql']) {
      expect((await refusal(join(tree, path))).message).toContain('has the SQL of a release twice')
    }
  })

  itAsRoot('states that its files may not be read', async () => {
    const copy = copyOf(treeOf('0.11.0'))
    chmodSync(join(copy, '05_msar.sql'), 0)
    chmodSync(join(copy, '..'), 0o755)
    const read = `const { readRelease } = await import('${new URL('../../../src/schema/sources/release/read.ts', import.meta.url).href}')
      process.setgid(${BOB}); process.setuid(${BOB})
      await readRelease('${copy}', { release: '0.11.0' }).catch((error) => console.log(error.message))`
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', read], { encoding: 'utf8' })
    expect(stdout).toContain('05_msar.sql: permission denied')
  })
})
