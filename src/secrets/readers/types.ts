/** Variables by name. */
export type Variables = Readonly<Record<string, string>>

/** Reads the text of an `.env` file. What the program that it stands for can't read, or skips, is left out. */
export type Reader = (text: string) => Variables
