/** Variables by name. */
export type Variables = Readonly<Record<string, string>>

/** Reads the text of an `.env` file. What the program skips, or can't read, is left out. */
export type Reader = (text: string) => Variables
