import { isDeepStrictEqual } from 'node:util'
import { isMap, isNode, isScalar, type Pair, parse, parseDocument, stringify, type YAMLMap } from 'yaml'

/** What setup writes into the configuration file. `null` removes a key; a key that is missing stays. */
export interface ConfigChanges {
  'internal-db'?: string | null
  'env-file'?: string | null
  'secret-key-file'?: string | null
  journal?: string | null
  /** Where hosts are reached; those of other hosts stay. */
  addresses?: Readonly<Record<string, string>>
}

type Edit = { path: readonly [string] | readonly [string, string]; value: string | null }

/**
 * Returns the text of a configuration file with changes. Everything else stays as it is, byte for byte:
 * comments, blank lines, quotes, the order of the keys, and keys that are not named.
 *
 * @param text valid YAML with a map or nothing in it
 */
export function changeConfig(text: string, changes: ConfigChanges): string {
  return edits(changes).reduce((before, edit) => {
    const wanted = withEdit(valuesOf(before), edit)
    if (isDeepStrictEqual(wanted, valuesOf(before))) return before
    for (const attempt of [editText, editDocument]) {
      try {
        const after = attempt(before, edit)
        if (after !== null && isDeepStrictEqual(valuesOf(after), wanted)) return after
      } catch {
        // What was removed had an anchor, which another value refers to.
      }
    }
    return stringify(wanted, { lineWidth: 0 })
  }, text)
}

/** Returns the lines that set the values, for an operator who writes them. */
export function configLines(changes: ConfigChanges): string[] {
  const set = Object.entries(changes).filter(([, value]) => value !== null)
  return changeConfig('', Object.fromEntries(set)).trimEnd().split('\n')
}

function edits(changes: ConfigChanges): Edit[] {
  return Object.entries(changes).flatMap(
    ([key, value]: [string, ConfigChanges[keyof ConfigChanges]]): Edit[] => {
      if (value === undefined) return []
      if (value === null || typeof value === 'string') return [{ path: [key], value }]
      return Object.entries(value).map(([host, address]) => ({ path: [key, host], value: address }))
    },
  )
}

function valuesOf(text: string): Record<string, unknown> {
  return (parse(text, { logLevel: 'error' }) as Record<string, unknown> | null) ?? {}
}

function withEdit(
  values: Record<string, unknown>,
  { path: [key, host], value }: Edit,
): Record<string, unknown> {
  if (host !== undefined)
    return { ...values, [key]: { ...(values[key] as object | undefined), [host]: value } }
  if (value !== null) return { ...values, [key]: value }
  return Object.fromEntries(Object.entries(values).filter(([name]) => name !== key))
}

/** Changes the text alone, as far as its form is the usual one; `null` for any other. */
function editText(text: string, { path: [key, host], value }: Edit): string | null {
  const { contents } = parseDocument(text)
  if (contents !== null && !isBlock(contents)) return null
  const outer = pairOf(contents, key)
  if (value === null) return outer === null ? text : withoutPair(text, outer)
  if (host === undefined)
    return outer === null ? append(text, line(key, value)) : withValue(text, outer, value)
  if (outer === null) return append(text, `${key}:\n  ${line(host, value)}`)
  if (!isBlock(outer.value)) return null
  const inner = pairOf(outer.value, host)
  if (inner !== null) return withValue(text, inner, value)
  const [first] = outer.value.items
  const start = first === undefined ? null : startOf(first)
  if (start === null) return null
  // The new line stands before the first one, whose indent is known to be right.
  const lineStart = text.lastIndexOf('\n', start) + 1
  const indent = text.slice(lineStart, start)
  return `${text.slice(0, lineStart)}${indent}${line(host, value)}${text.slice(lineStart)}`
}

function isBlock(node: unknown): node is YAMLMap {
  return isMap(node) && node.flow !== true
}

function pairOf(map: YAMLMap | null, key: string): Pair | null {
  return map?.items.find((item) => (isScalar(item.key) ? item.key.value : item.key) === key) ?? null
}

function startOf(pair: Pair): number | null {
  return isNode(pair.key) ? (pair.key.range?.[0] ?? null) : null
}

function withValue(text: string, pair: Pair, value: string): string | null {
  const range = isScalar(pair.value) ? pair.value.range : null
  if (!range || range[0] === range[1]) return null
  return text.slice(0, range[0]) + scalar(value) + text.slice(range[1])
}

/** Removes the lines of a key and its value. */
function withoutPair(text: string, pair: Pair): string | null {
  const start = startOf(pair)
  const end = isNode(pair.value) ? pair.value.range?.[1] : undefined
  if (start === null || end === undefined) return null
  const lineEnd = text.indexOf('\n', end)
  return text.slice(0, text.lastIndexOf('\n', start) + 1) + (lineEnd === -1 ? '' : text.slice(lineEnd + 1))
}

function append(text: string, added: string): string {
  return `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${added}`
}

function line(key: string, value: string): string {
  return `${scalar(key)}: ${scalar(value)}\n`
}

/** Returns text as a YAML scalar, in quotes where it needs them. */
function scalar(text: string): string {
  return stringify(text, { lineWidth: 0, defaultStringType: 'PLAIN' }).trimEnd()
}

/** Changes the file in its parsed form, which keeps comments but not the form of every line. */
function editDocument(text: string, { path, value }: Edit): string {
  const document = parseDocument(text)
  if (value === null) document.deleteIn(path)
  else document.setIn(path, value)
  return document.toString({ lineWidth: 0 })
}
