declare module '*.sql' {
  const file: import('./schema/sources/pieces.ts').SqlFile
  export default file
}
