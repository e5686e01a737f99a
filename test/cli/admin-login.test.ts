import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { cli, document, errorOf } from '../support/cli.ts'
import { createRole, sharedCluster, sql } from '../support/database.ts'
import { recordVersion } from '../support/earlier-install.ts'
import { mathesarSchemas, storedLibrary, storedNames } from '../support/installed.ts'
import { startTerminal } from '../support/terminal.ts'

/** A stored database whose schemas are those of an earlier version, and belong to another role. */
async function strangersLibrary() {
  const place = await storedLibrary()
  const { database, user } = place.settings
  await recordVersion(database, '0.0.0')
  const owner = await createRole()
  const statements = ['msar', '__msar', 'mathesar_types'].map(
    (name) => `ALTER SCHEMA ${name} OWNER TO "${owner.user}"`,
  )
  await sql(
    'postgres',
    `GRANT "${owner.user}" TO "${user}"; GRANT CREATE ON DATABASE "${database}" TO "${owner.user}"`,
  )
  await sql(database, [`REASSIGN OWNED BY "${user}" TO "${owner.user}"`, ...statements].join(';'))
  await sql('postgres', `REVOKE "${owner.user}" FROM "${user}"`)
  return { ...place, owner }
}

function superuserFile(home: string): string[] {
  const { superuser, password } = sharedCluster()
  const path = join(home, 'admin-password')
  writeFileSync(path, `${password}\n`, { mode: 0o600 })
  return ['--admin-user', superuser, '--admin-password-file', path]
}

describe('--admin-user', () => {
  it("lends a superuser's login to db upgrade, with its password in a file", async () => {
    const { home } = await strangersLibrary()
    const refused = await cli(['db', 'upgrade', '--all', '--json'], { home })
    expect(refused).toMatchObject({ status: 5 })
    expect(refused.stdout).toContain('--admin-user')
    const run = await cli(['db', 'upgrade', '--all', '--json', ...superuserFile(home)], { home })
    expect(run, run.stderr).toMatchObject({ status: 0 })
    expect(document(run)).toMatchObject({ upgraded: 1, failed: 0 })
    const { superuser, password } = sharedCluster()
    expect(run.stdout + run.stderr).not.toContain(password)
    const shown = await cli(['db', 'show', 'library', '--json'], { home })
    expect(shown.stdout).not.toContain(`"${superuser}"`)
  })

  it('finds its password in the password file of libpq', async () => {
    const { home, owner } = await strangersLibrary()
    const passfile = join(home, '.pgpass')
    writeFileSync(passfile, `*:*:*:${owner.user}:${owner.password}\n`, { mode: 0o600 })
    const run = await cli(['db', 'upgrade', '--all', '--json', '--admin-user', owner.user], { home })
    expect(run, run.stdout).toMatchObject({ status: 0 })
  })

  it('asks for its password at a terminal, and elsewhere names the flag', async () => {
    const { home, owner } = await strangersLibrary()
    const flags = ['db', 'upgrade', 'library', '--admin-user', owner.user]
    const missing = await cli([...flags, '--json'], { home })
    expect(missing).toMatchObject({ status: 2 })
    expect(missing.stdout).toContain('--admin-password-file')
    const terminal = startTerminal([...flags, '--yes'], { home })
    await terminal.answer(`Password for role "${owner.user}"`, owner.password)
    await terminal.see('Upgraded 1 database.')
    expect(await terminal.ended()).toMatchObject({ status: 0 })
    expect(terminal.raw()).not.toContain(owner.password)
  })

  it('lends the login to db remove for the schemas', async () => {
    const { home, settings } = await strangersLibrary()
    const flags = ['db', 'remove', 'library', '--remove-schema', '--yes', '--json']
    const refused = await cli(flags, { home })
    expect(refused).toMatchObject({ status: 5 })
    expect(errorOf(refused).hint).toContain('--admin-user')
    const run = await cli([...flags, ...superuserFile(home)], { home })
    expect(run, run.stderr).toMatchObject({ status: 0 })
    expect(await mathesarSchemas(settings.database)).toEqual([])
    expect(await storedNames(home)).toEqual([])
  })

  it('is refused where it has no effect', async () => {
    const { home } = await storedLibrary()
    const wrong = [
      ['db', 'upgrade', '--all', '--admin-password-file', 'x'],
      ['db', 'remove', 'library', '--yes', '--admin-user', 'x'],
      ['db', 'remove', 'library', '--yes', '--remove-schema', '--admin-user', 'x', '--role', 'y'],
      ['db', 'upgrade', '--all', '--admin-user', 'x', '--admin-password-file', 'no-such-file'],
    ]
    for (const flags of wrong) {
      const run = await cli([...flags, '--json'], { home })
      expect(run, flags.join(' ')).toMatchObject({ status: 2, stdout: '' })
      expect(errorOf(run).field).toMatch(/^admin-/)
    }
  })
})
