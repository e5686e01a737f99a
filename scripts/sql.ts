/**
 * `npm run sql`: writes the generated files of src/schema/sql, which are the casts and the top-level domains.
 */
import { writeSql } from './sql/write.ts'

writeSql()
