import { describeStore } from './describe-store.ts'

describeStore('a store in an SQLite file, by better-sqlite3', { name: 'sqlite', nodeArguments: [] })
