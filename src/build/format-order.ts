/**
 * Sorts formats so that each one follows those whose artifacts it packs (`after`). Otherwise they keep their
 * order.
 *
 * Errors: an Error where formats wait for each other.
 */
export function orderFormats<Ordered extends { readonly name: string; readonly after: readonly string[] }>(
  formats: readonly Ordered[],
): Ordered[] {
  const ordered = new Set<Ordered>()
  const visit = (format: Ordered, waiting: readonly string[]) => {
    if (waiting.includes(format.name))
      throw new Error(`The formats ${[...waiting, format.name].join(', ')} wait for each other`)
    for (const earlier of formats)
      if (format.after.includes(earlier.name)) visit(earlier, [...waiting, format.name])
    ordered.add(format)
  }
  for (const format of formats) visit(format, [])
  return [...ordered]
}
