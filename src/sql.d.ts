/** A script, cut into the pieces between which progress is reported. */
declare module '*.sql?pieces' {
  const file: import('./schema/sources/pieces.ts').SqlFile
  export default file
}

/** The text of a `.sql` file, without lines that are a comment alone. */
declare module '*.sql' {
  const text: string
  export default text
}
