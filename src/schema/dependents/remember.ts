/** The same function of an address, which works each answer out once. */
export function remembered(answer: (address: string) => string): (address: string) => string {
  const known = new Map<string, string>()
  return (address) => {
    const before = known.get(address)
    if (before !== undefined) return before
    const found = answer(address)
    known.set(address, found)
    return found
  }
}
