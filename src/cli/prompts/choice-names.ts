/** The choice that replaces what is left of Mathesar schemas. */
export const REPLACE_CHOICE = 'Replace what is left with complete schemas'
