import { OperatorError } from '../errors.ts'
import type { ConnectionSettings } from '../postgres/types.ts'
import { requireHoldable, requireRename } from './capabilities.ts'
import { confirmedVersionOf } from './confirmed-version.ts'
import { notFound, unavailable } from './errors.ts'
import {
  beginOperation,
  dismissOperation,
  forgetRecord,
  interruptedOperations,
  proveKey,
  registerRecord,
  requireKey,
  requireName,
  takeOverOperation,
} from './operations.ts'
import type { OpenParts, StoreParts } from './parts.ts'
import { refusePending, refusePendingChange } from './pending.ts'
import {
  NO_SQL_VERSION,
  type Store,
  type StoredDatabase,
  type StoredRecord,
  type StoredSchema,
  type UpdateOptions,
} from './types.ts'

/** Returns what use cases work with, over any records and any journal. */
export function createStore(storeParts: StoreParts): Store {
  const parts: OpenParts = { ...storeParts, held: new Set() }
  const { records, journal, capabilities, keyring, location, rotation } = parts
  const checkWritable = () => {
    const { writeRefusal } = capabilities
    if (writeRefusal === null) return
    const error = unavailable(location, writeRefusal.reason, writeRefusal.hint)
    throw writeRefusal.isServerReadOnly
      ? new OperatorError('READ_ONLY_SERVER', error.message, error.hint)
      : error
  }
  const requireWritable = () => {
    if (capabilities.isReadOnly) throw new Error(`the internal database was opened for reading: ${location}`)
    checkWritable()
  }
  return {
    location,
    capabilities,
    identity: storeParts.identity,
    checkWritable,
    mathesar: storeParts.layout ?? null,
    async list() {
      const [rows, schemas] = await Promise.all([records.list(), journal.schemas()])
      return rows.map((row) => withSchema(row, schemas.get(row.id) ?? null))
    },
    async find(name) {
      const row = await records.find(name)
      return row && withSchema(row, await journal.schema(row.id))
    },
    names: () => records.names(),
    async settings(name, role) {
      const row = await records.settings(name, role)
      if (row === null) throw notFound(name)
      return row.settings
    },
    namesFor: (given) => records.namesFor(given),
    belongings: (name) => records.belongings(name),
    users: () => records.users(),
    servers: () => records.servers(),
    async verifyKey() {
      await proveKey(parts, await keyring.unlock())
    },
    async begin(operation) {
      requireWritable()
      return rotation.without(() => beginOperation(parts, operation))
    },
    async register(name, settings, { access, schema }) {
      requireWritable()
      return registerRecord(parts, { name, settings, ...(access ? { access } : {}) }, schema)
    },
    interrupted: () => interruptedOperations(parts),
    async takeOver(id) {
      requireWritable()
      return rotation.without(() => takeOverOperation(parts, id))
    },
    async update(name, changes, rename = name, options = {}) {
      requireWritable()
      return rotation.without(() => update(parts, name, changes, rename, options))
    },
    async dismiss(id, options = { record: false }) {
      requireWritable()
      return dismissOperation(parts, id, options)
    },
    reread: () => records.reread(),
    async setSchema(name, schema, target, seenVersion) {
      requireWritable()
      const id = await records.idOf(name)
      if (id === null) throw notFound(name)
      const version = confirmedVersionOf(schema)
      if (schema === null || version !== NO_SQL_VERSION)
        await records.confirmVersion(name, version, target, seenVersion)
      if (capabilities.hasSchemaRecord) await journal.setSchema(id, schema)
    },
    async forget(name, agreed) {
      requireWritable()
      await forgetRecord(parts, name, agreed)
    },
    sealedValues: () => storeParts.sealed.read(),
    async reseal(reseal, requireStopped) {
      requireWritable()
      await storeParts.sealed.rewrite(reseal, requireStopped)
    },
    async lockRotation() {
      requireWritable()
      return rotation.acquire()
    },
    mathesarSessions: () => storeParts.mathesarSessions(),
    serverTime: () => storeParts.serverTime(),
    async close() {
      for (const lock of parts.held) await lock.release()
      parts.held.clear()
      keyring.close()
      await parts.close()
    },
  }
}

async function update(
  parts: OpenParts,
  name: string,
  changes: Partial<ConnectionSettings>,
  rename: string,
  options: UpdateOptions,
): Promise<StoredDatabase> {
  const { records, journal, capabilities, keyring } = parts
  const isRename = rename !== name
  if (isRename) {
    requireRename(capabilities)
    requireName(rename)
  }
  requireHoldable(changes, capabilities)
  const credentials = await keyring.unlock()
  if ((await records.idOf(name)) === null) throw notFound(name)
  await refusePendingChange(parts, name)
  if (isRename) await refusePending(parts, rename)
  await requireKey(parts, credentials)
  const row = await records.update(name, changes, rename, options)
  return withSchema(row, await journal.schema(row.id))
}

/**
 * Adds what is known about the schemas: by the journal, or else by what Mathesar recorded itself. Adds to the
 * row itself: to copy ten thousand rows would take longer than to read them.
 */
function withSchema(row: StoredRecord, schema: StoredSchema | null): StoredDatabase {
  const isCurrent = schema !== null && !isMathesarsOwn(row, schema)
  return Object.assign(row, { schema: isCurrent ? schema : confirmedSchema(row) })
}

/** Mathesar installed the schemas, or the SQL of another release since, and recorded that itself. */
function isMathesarsOwn({ confirmedVersion }: StoredRecord, schema: StoredSchema): boolean {
  if (confirmedVersion === undefined) return false
  const version = confirmedVersionOf(schema)
  return schema.source === 'adopted' || (version !== NO_SQL_VERSION && version !== confirmedVersion)
}

function confirmedSchema({ confirmedVersion }: StoredRecord): StoredSchema | null {
  if (!confirmedVersion || confirmedVersion === NO_SQL_VERSION) return null
  return { source: 'mathesar', version: confirmedVersion }
}
