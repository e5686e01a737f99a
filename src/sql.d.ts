declare module '*.sql' {
  const file: import('./schema/pieces.ts').SqlFile
  export default file
}
