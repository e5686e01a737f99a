import { readFileSync } from 'node:fs'
import { usageError } from '../errors.ts'
import { fileReason } from './file-reason.ts'

/**
 * Reads a Mathesar `.env` file. Nothing is evaluated or expanded.
 *
 * Errors: `USAGE` (field `env-file`) if the file can't be read.
 */
export function readEnvFile(path: string): Record<string, string> {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    throw usageError(
      `The environment file ${path} can't be read: ${fileReason(error)}.`,
      'Name the .env file of Mathesar with --env-file.',
      'env-file',
    )
  }
  return parseEnv(text)
}

/**
 * Parses the text of an `.env` file by the rules of python-decouple 3.4, with which Mathesar reads it: trimmed lines,
 * split at the first `=`, no escapes, no expansion, no comments after a value; the last of several values counts.
 * `export NAME=value` is taken too, as the shell launcher of later releases does.
 */
export function parseEnv(text: string): Record<string, string> {
  const entries: [string, string][] = []
  for (const line of text.split(/\r\n|\n|\r/)) {
    const trimmed = line.trim()
    const split = trimmed.indexOf('=')
    if (trimmed.startsWith('#') || split === -1) continue
    const name = trimmed
      .slice(0, split)
      .trim()
      .replace(/^export\s+/, '')
    entries.push([name, unquote(trimmed.slice(split + 1).trim())])
  }
  return Object.fromEntries(entries)
}

/** Where a value begins and ends with the same quote, all quotes at both ends go: python-decouple's own rule. */
function unquote(value: string): string {
  const first = value.at(0)
  if (value.length < 2 || (first !== '"' && first !== "'") || value.at(-1) !== first) return value
  return value.replace(/^["']+/, '').replace(/["']+$/, '')
}
