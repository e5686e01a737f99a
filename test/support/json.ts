import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { type JsonSchema, PUBLISHED } from '../../scripts/lib/json-schemas.ts'
import { lineage, walk } from '../../src/cli/command-line.ts'
import { buildProgram } from '../../src/cli/program.ts'
import { repository } from './program.ts'

/** The output of a run of the program. */
interface Output {
  status: number | null
  stdout: string
  stderr: string
  /** Whether the run was killed: its output may be incomplete. */
  isKilled?: boolean
}

const program = buildProgram()
const published = new Map<string, z.ZodType>()

/** The warnings beside a document that is an array. */
const besideArray = z.strictObject({ warnings: z.array(z.string()).nonempty() })

/**
 * Throws if a run with `--json` breaks the contract: it writes one document on stdout or one error on stderr,
 * each valid under its published schema and without a field that its definition lacks. Every function that
 * runs the program calls this. Runs without `--json` pass.
 *
 * @param args the arguments after the program's name
 */
export function checkJson(args: readonly string[], { status, stdout, stderr, isKilled }: Output): void {
  if (!hasJsonFlag(args) || isKilled || isRefusedByNode(args, stderr)) return
  try {
    if (stdout !== '') checkDocument(args, stdout)
    if (stdout.startsWith('[') && stderr.startsWith('{"warnings"')) {
      besideArray.parse(JSON.parse(stderr))
      return
    }
    if (stderr !== '') checkError(stderr)
    if (stdout === '' && (status === 0 || stderr === '')) throw new Error('There is no document.')
    if (stdout !== '' && stderr !== '') throw new Error('There is a document and an error.')
    if (stderr !== '' && status === 0) throw new Error('There is an error, and the exit status is 0.')
  } catch (error) {
    throw new Error(
      `mathesarctl ${args.join(' ')}\n${(error as Error).message}\nstdout: ${stdout}\nstderr: ${stderr}`,
      { cause: error },
    )
  }
}

/** Checks a run on a terminal, where both streams are one, by the JSON at the end of its output. */
export function checkJsonOnTerminal(args: readonly string[], text: string): void {
  if (!hasJsonFlag(args)) return
  const json = /(?:^|\n)([[{](?!.*\n[[{])[\s\S]*)$/.exec(text.replaceAll('\r', ''))?.[1]
  if (json === undefined) throw new Error(`mathesarctl ${args.join(' ')} printed no JSON: ${text}`)
  if (json.startsWith('{"error"')) checkError(json)
  else checkDocument(args, json)
}

function hasJsonFlag(args: readonly string[]): boolean {
  return ownWords(args).includes('--json')
}

/** Returns the words before `--`. */
function ownWords(args: readonly string[]): readonly string[] {
  return args.includes('--') ? args.slice(0, args.indexOf('--')) : args
}

/**
 * Returns whether Node itself refused the arguments: it reads the file of --env-file before the program
 * starts, and ends at once if the file does not exist.
 */
function isRefusedByNode(args: readonly string[], stderr: string): boolean {
  const file = args[args.indexOf('--env-file') + 1]
  return args.includes('--env-file') && stderr.endsWith(`: ${file}: not found\n`)
}

/** Returns the words of the command whose document is printed, or the flag that answers in its place. */
function documentOf(args: readonly string[]): string {
  const own = ownWords(args)
  const command = commandOf(args)
  if (own.some((word) => ['--help', '-h', 'help'].includes(word))) return '--help'
  // `build tags` has its own flag --version.
  const isVersion = own.includes('-V') || (own.includes('--version') && command !== 'build tags')
  return isVersion ? '--version' : command
}

/** Returns the words of the command that the arguments lead to. */
function commandOf(args: readonly string[]): string {
  const words = lineage(walk(program, args).command).map((command) => command.name())
  return words.slice(0, -1).reverse().join(' ')
}

function checkDocument(args: readonly string[], text: string): void {
  check(documentOf(args), JSON.parse(text))
}

function checkError(text: string): void {
  check(null, JSON.parse(text))
}

function check(command: string | null, value: unknown): void {
  const document = PUBLISHED.find((one) => one.command === command)
  if (document === undefined) throw new Error(`src/cli/json has no document of "${command}".`)
  const { file, definition } = document
  const schema = published.get(file) ?? readSchema(file)
  published.set(file, schema)
  for (const one of [definition, schema]) {
    const { error } = one.safeParse(value)
    if (error) throw new Error(`docs/json/${file}: ${z.prettifyError(error)}`)
  }
}

function readSchema(file: string): z.ZodType {
  const schema = JSON.parse(readFileSync(join(repository, 'docs/json', file), 'utf8')) as JsonSchema
  return z.fromJSONSchema(schema)
}
