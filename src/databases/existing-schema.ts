/**
 * The choice of what to do with existing Mathesar schemas that this program did not install, or installed
 * from another source. Flags are defined from it without loading any SQL.
 */
export const EXISTING_SCHEMA_CHOICES = ['adopt', 'replace', 'refuse'] as const
export type ExistingSchemaChoice = (typeof EXISTING_SCHEMA_CHOICES)[number]
