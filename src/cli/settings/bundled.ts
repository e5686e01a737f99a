/** The value of `--schema-source` for the SQL that mathesarctl itself has. */
export const BUNDLED = 'bundled'
