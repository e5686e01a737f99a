/** Writes the generated part of src/schema/sql: the casts and the top-level domains. */
import { writeSql } from './sql/write.ts'

writeSql()
