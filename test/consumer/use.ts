// A program that depends on the package; .ci/run compiles it against the packed types.
import {
  type AddDatabaseResult,
  addDatabase,
  type ConnectionSettings,
  OperatorError,
  openStore,
} from 'mathesarctl'

const settings: ConnectionSettings = {
  host: 'localhost',
  port: 5432,
  database: 'library',
  user: 'me',
  password: null,
  sslmode: 'prefer',
  sslrootcert: null,
  sslcert: null,
  sslkey: null,
  options: null,
}
const store = await openStore('internal.sqlite3', () => 'secret key', { create: true })
try {
  const result: AddDatabaseResult = await addDatabase(store, { name: 'library', settings })
  // @ts-expect-error a name is not a number: the package has types, and they are strict
  const wrong: number = result.name
  console.log(result.schema, wrong)
} catch (error) {
  if (error instanceof OperatorError) console.error(error.code, error.message, error.hint, error.exitCode)
} finally {
  await store.close()
}
