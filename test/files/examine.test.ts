import { execFileSync } from 'node:child_process'
import { chmodSync, chownSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { examinePath } from '../../src/files/examine.ts'
import { readTrustedFile } from '../../src/files/read-file.ts'
import type { Trust } from '../../src/files/trust.ts'
import { ENGINE_MOUNTS } from '../support/containers.ts'
import { ALICE, BOB, changeOwner, directory, itAsRoot } from '../support/other-users.ts'

const OWN = { named: false }
const NAMED = { named: true }

let top: string

beforeEach(() => {
  const parent = mkdtempSync(join(tmpdir(), 'mathesarctl-files-'))
  onTestFinished(() => rmSync(parent, { recursive: true, force: true }))
  chmodSync(parent, 0o755)
  top = parent
})

function file(path: string, mode = 0o600): string {
  writeFileSync(path, 'content')
  chmodSync(path, mode)
  return path
}

function problemOf(path: string, trust: Trust = OWN, options = {}) {
  return examinePath(path, trust, options).problem
}

describe('a file of this user', () => {
  it('a file of this user is accepted, also where it is missing or below a sticky directory of everybody', () => {
    expect(problemOf(file(join(top, 'file')))).toBeNull()
    expect(problemOf(join(top, 'missing', 'file'))).toBeNull()
    const sticky = directory(join(top, 'sticky'), 0o1777)
    expect(problemOf(file(join(sticky, 'file')))).toBeNull()
    expect(examinePath(join(top, 'file'), OWN)).toMatchObject({ realPath: join(top, 'file') })
  })

  it('a file of this user is refused where everybody can write to it', () => {
    const path = file(join(top, 'file'), 0o622)
    expect(problemOf(path)).toEqual({ kind: 'writable', part: 'file', path, mode: 0o622 })
  })

  it('a file of this user is refused where everybody can write to a directory on the way to it', () => {
    const open = directory(join(top, 'open'), 0o777)
    const path = file(join(directory(join(open, 'closed'), 0o700), 'file'))
    expect(problemOf(path)).toEqual({ kind: 'writable', part: 'directory', path: open, mode: 0o777 })
    expect(problemOf(join(open, 'missing'))).toMatchObject({ kind: 'writable', path: open })
  })

  it('a file of this user is refused where everybody can write to the directory of a symbolic link that leads to it', () => {
    file(join(top, 'file'))
    const open = directory(join(top, 'open'), 0o777)
    symlinkSync('../file', join(open, 'link'))
    symlinkSync(join(open, 'link'), join(top, 'first'))
    expect(problemOf(join(top, 'first'))).toMatchObject({ kind: 'writable', path: open })
  })

  it('a file of this user is found behind symbolic links as the system finds it', () => {
    const far = directory(join(top, 'far'))
    const near = directory(join(top, 'near'))
    file(join(top, 'file'))
    symlinkSync(far, join(near, 'link'))
    // The directory above "far", and not the one above "near/link".
    const path = `${near}/link/../file`
    expect(examinePath(path, OWN)).toMatchObject({ problem: null, realPath: join(top, 'file') })
    expect(readTrustedFile(path, OWN).bytes.toString()).toBe('content')
    symlinkSync('circle', join(top, 'circle'))
    expect(() => readTrustedFile(join(top, 'circle'), OWN)).toThrow('ELOOP')
  })

  it('a file of this user is refused in a sticky directory of everybody where nobody else may put a file beside it', () => {
    const sticky = directory(join(top, 'sticky'), 0o1777)
    expect(problemOf(file(join(sticky, 'file')), OWN, { isExclusive: true })).toMatchObject({ path: sticky })
    const closed = directory(join(sticky, 'closed'), 0o700)
    expect(problemOf(file(join(closed, 'file')), OWN, { isExclusive: true })).toBeNull()
  })

  it('a file of this user is accepted without examining its path where it was opened for this process', () => {
    const script = `import(${JSON.stringify(new URL('../../src/files/read-file.ts', import.meta.url))})
      .then((m) => process.argv.slice(1).map((p) => m.readTrustedFile(p, { named: false }).bytes.toString()))
      .then((texts) => console.log(texts.join(' ')))`
    const open = directory(join(top, 'open'), 0o777)
    file(join(open, 'file'))
    const said = execFileSync(
      'bash',
      [
        '-c',
        `echo piped | "$0" -e "$1" /dev/stdin <(echo substituted); "$0" -e "$1" /dev/stdin < "$2"`,
        process.execPath,
        script,
        join(open, 'file'),
      ],
      { encoding: 'utf8' },
    )
    expect(said).toBe('piped\n substituted\n\ncontent\n')
  })
})

describe('a group that can write', () => {
  itAsRoot(
    'a group that can write is accepted where it is the private group of the owner, of root or of this user',
    () => {
      const path = file(join(top, 'file'), 0o660)
      expect(problemOf(path)).toBeNull()
      chownSync(path, 0, 65_534)
      expect(problemOf(path)).toMatchObject({ kind: 'writable', part: 'file' })
      const [name, , uid, gid] = execFileSync('getent', ['passwd', 'www-data'], { encoding: 'utf8' }).split(
        ':',
      )
      expect(name).toBe('www-data')
      chownSync(path, Number(uid), Number(gid))
      expect(problemOf(path, NAMED)).toBeNull()
    },
  )

  itAsRoot('a group that can write is accepted where it shares the settings of the machine', () => {
    const shared = directory(join(top, 'shared'), 0o770)
    const path = file(join(shared, 'file'), 0o660)
    chownSync(shared, 0, 4321)
    chownSync(path, 0, 4321)
    expect(problemOf(path)).toMatchObject({ kind: 'writable', path: shared })
    expect(problemOf(path, { ...OWN, groups: [4321] })).toBeNull()
  })
})

describe('a file of another user', () => {
  itAsRoot('a file of another user is refused unless it was named', () => {
    const path = changeOwner(ALICE, file(join(top, 'file')))
    expect(problemOf(path)).toEqual({ kind: 'foreign', part: 'file', path, uid: ALICE })
    expect(problemOf(path, NAMED)).toBeNull()
  })

  itAsRoot(
    'a file of another user is refused unless it was named where a directory on the way is another user’s',
    () => {
      const home = directory(join(top, 'alice'))
      const path = file(join(home, 'file'))
      changeOwner(ALICE, home)
      expect(problemOf(path)).toEqual({ kind: 'foreign', part: 'directory', path: home, uid: ALICE })
      expect(problemOf(join(home, 'missing', 'file'))).toMatchObject({ path: home })
      expect(problemOf(path, NAMED)).toBeNull()
    },
  )

  itAsRoot('a file of another user is refused even if named where a third user has a part of it', () => {
    const home = directory(join(top, 'alice'))
    const path = file(join(home, 'file'))
    changeOwner(ALICE, home)
    changeOwner(BOB, path)
    expect(problemOf(path, NAMED)).toMatchObject({ kind: 'foreign', part: 'file', uid: BOB })
    changeOwner(ALICE, path)
    chmodSync(path, 0o646)
    expect(problemOf(path, NAMED)).toMatchObject({ kind: 'writable', part: 'file' })
  })

  itAsRoot('a file of another user is refused behind a symbolic link that another user put into /tmp', () => {
    const sticky = directory(join(top, 'sticky'), 0o1777)
    file(join(top, 'file'))
    const link = join(sticky, 'link')
    symlinkSync(join(top, 'file'), link)
    execFileSync('chown', ['-h', String(ALICE), link])
    expect(problemOf(link)).toEqual({ kind: 'foreign', part: 'link', path: link, uid: ALICE })
  })

  it('a file of root is accepted', () => {
    expect(problemOf('/etc/passwd')).toBeNull()
    expect(problemOf('/dev/null')).toBeNull()
  })
})

describe('in a container', () => {
  /**
   * Runs a script where some things are mounted as container engines do it, and returns what `examinePath`
   * found.
   */
  function inContainer(mounts: string, path: string): unknown {
    const script = `import(${JSON.stringify(new URL('../../src/files/examine.ts', import.meta.url))})
      .then((m) => m.examinePath(${JSON.stringify(path)}, { named: false }, { isExclusive: true }))
      .then((examination) => console.log(JSON.stringify(examination)))`
    const said = execFileSync(
      'unshare',
      ['--mount', 'sh', '-ec', `${ENGINE_MOUNTS}; ${mounts}; exec "$0" -e "$1"`, process.execPath, script],
      { encoding: 'utf8', cwd: top },
    )
    return JSON.parse(said)
  }

  itAsRoot('accepts a volume that everybody can write to, and reports it', () => {
    const volume = directory(join(top, 'data'))
    const mounts = `mount -t tmpfs -o mode=0777 none data; umask 077; echo x > data/file
      mkdir data/sub; echo x > data/sub/file`
    expect(inContainer(mounts, join(volume, 'file'))).toMatchObject({
      problem: null,
      sharedVolumes: [volume],
    })
    expect(inContainer(mounts, join(volume, 'sub/file'))).toMatchObject({ problem: null })
    expect(inContainer(`${mounts}; chmod 777 data/sub`, join(volume, 'sub/file'))).toMatchObject({
      problem: { kind: 'writable', path: join(volume, 'sub') },
    })
  })

  itAsRoot('accepts a volume of a group without an account, with everything in it', () => {
    const volume = directory(join(top, 'data'))
    const mounts = `mount -t tmpfs -o mode=2775,gid=54999 none data; umask 002
      mkdir data/sub; echo x > data/sub/file`
    expect(inContainer(mounts, join(volume, 'sub/file'))).toMatchObject({ problem: null, sharedVolumes: [] })
    // A group of the container's accounts is one that others may be in.
    expect(inContainer(`${mounts}; chgrp nogroup data/sub`, join(volume, 'sub/file'))).toMatchObject({
      problem: { kind: 'writable' },
    })
  })

  itAsRoot('accepts everything on a read-only volume, whatever its mode', () => {
    const volume = directory(join(top, 'data'))
    const mounts = `mount -t tmpfs -o mode=0777 none data; echo x > data/file; chmod 666 data/file
      mount -o remount,ro data`
    expect(inContainer(mounts, join(volume, 'file'))).toMatchObject({ problem: null, sharedVolumes: [] })
  })
})
