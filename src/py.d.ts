/** Python's files go into the packages as they are. */
declare module '*.py' {
  const text: string
  export default text
}
