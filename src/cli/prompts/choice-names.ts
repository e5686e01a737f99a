/** The choice that replaces what is left of Mathesar schemas. */
export const REPLACE_CHOICE = 'Replace what is left with complete schemas'

/** The choices about whole schemas that exist already. */
export const KEEP_EXISTING_CHOICE = 'Keep these schemas as they are'
export const REPLACE_EXISTING_CHOICE = 'Replace these schemas'
