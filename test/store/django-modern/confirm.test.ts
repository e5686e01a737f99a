import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { MODERN_STEPS } from '../../support/mathesar-database.ts'
import { simulateApplication } from '../../support/simulated-application.ts'
import { connection, modernPlace, openRecords } from './place.ts'

const ACCESS = { users: ['admin'], sqlVersion: '0.0.0' }
const TARGET = { host: 'db.example.com', port: 5432, database: 'library' }

describe('the confirmation of a version', () => {
  it.each(MODERN_STEPS)('writes the version and the time of one row, in the layout %s', async (step) => {
    const { internal, records } = await modernPlace({ step })
    await records.insert('library', connection(), ACCESS)
    await records.insert('other', connection({ database: 'other' }), ACCESS)
    const before = await internal.snapshot()
    const stored = await records.find('library')
    await records.confirmVersion('library', '0.11.0', TARGET)
    const after = await records.find('library')
    expect(after).toEqual({ ...stored, confirmedVersion: '0.11.0', updatedAt: after?.updatedAt })
    expect(after?.updatedAt).not.toBe(stored?.updatedAt)
    const [library = {}, ...others] = before.mathesar_database ?? []
    expect(await internal.snapshot()).toEqual({
      ...before,
      mathesar_database: [
        { ...library, last_confirmed_sql_version: '0.11.0', updated_at: expect.anything() },
        ...others,
      ],
    })
  })

  it('costs one statement beside the reading of the rows, and writes nothing that is there already', async () => {
    const { internal, records, statements } = await modernPlace()
    await records.insert('library', connection(), ACCESS)
    await records.confirmVersion('library', '0.11.0')
    const before = await internal.snapshot()
    await records.find('library')
    const count = statements.length
    await records.confirmVersion('library', '0.11.0')
    expect(statements.length - count).toBe(1)
    expect(await internal.snapshot()).toEqual(before)
  })

  it('finds a database whose server has no port', async () => {
    const { internal, records } = await modernPlace()
    await simulateApplication(internal).connect({
      host: TARGET.host,
      port: null,
      database: 'library',
      role: 'alice',
      password: null,
    })
    await records.confirmVersion('library', '0.12.0', TARGET)
    expect((await records.find('library'))?.confirmedVersion).toBe('0.12.0')
  })

  it('is refused for a database that leads elsewhere by now', async () => {
    const { internal, records } = await modernPlace()
    await records.insert('library', connection(), ACCESS)
    await records.find('library')
    const { records: other } = await openRecords(internal)
    await other.update('library', { host: 'elsewhere.example.com' }, 'library')
    const before = await internal.snapshot()
    const error = { code: 'LOCKED', message: expect.stringContaining('library') }
    await expect(records.confirmVersion('library', '0.11.0', TARGET)).rejects.toMatchObject(error)
    expect(await internal.snapshot()).toEqual(before)
    await records.delete((await records.idOf('library')) ?? 0)
    await other.find('library').catch(() => null)
    await expect(other.confirmVersion('library', '0.11.0')).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  it('waits while Mathesar installs its SQL on that server, and then has the last word', async () => {
    const { internal, records } = await modernPlace()
    await records.insert('library', connection(), ACCESS)
    const { records: patient } = await openRecords(internal, { lockTimeoutMs: 10_000 })
    await patient.find('library')
    const request = { host: TARGET.host, port: 5432, role: 'alice', password: 'secret of alice' }
    const running = await simulateApplication(internal, '0.10.1').startConnect({
      ...request,
      database: 'library',
    })
    const confirming = patient.confirmVersion('library', '0.11.0', TARGET)
    await pause(300)
    await running.finish()
    await confirming
    expect((await patient.find('library'))?.confirmedVersion).toBe('0.11.0')
  })

  it('is refused where another version was recorded than the one seen, or the new one', async () => {
    const { internal, records } = await modernPlace()
    await records.insert('library', connection(), ACCESS)
    await records.confirmVersion('library', '0.10.1', TARGET, '0.0.0')
    await records.confirmVersion('library', '0.10.1', TARGET, '0.0.0')
    const before = await internal.snapshot()
    await expect(records.confirmVersion('library', '0.11.0', TARGET, '0.0.0')).rejects.toMatchObject({
      code: 'LOCKED',
      message: expect.stringContaining('0.10.1'),
    })
    expect(await internal.snapshot()).toEqual(before)
  })

  it('raises LOCKED where the application holds the row of the server for too long', async () => {
    const { internal, records } = await modernPlace()
    await records.insert('library', connection(), ACCESS)
    const { records: hasty } = await openRecords(internal, { lockTimeoutMs: 200 })
    const request = { host: TARGET.host, port: 5432, role: 'alice', password: 'secret of alice' }
    const running = await simulateApplication(internal).startConnect({ ...request, database: 'library' })
    await expect(hasty.confirmVersion('library', '0.11.0')).rejects.toMatchObject({ code: 'LOCKED' })
    await running.fail()
    expect((await records.find('library'))?.confirmedVersion).toBe('0.0.0')
  })
})
