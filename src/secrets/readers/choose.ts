import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { composeFilesOf } from '../compose/project.ts'
import { readLikeCompose } from './compose.ts'
import { readLikeDecouple } from './decouple.ts'
import { readLikeLauncher } from './launcher.ts'
import { readLikeShell } from './shell.ts'
import { readLikeSystemd } from './systemd.ts'
import type { Reader, Variables } from './types.ts'

/** The programs that read the `.env` file of a Mathesar, each in its own way. */
const READERS = {
  compose: readLikeCompose,
  launcher: readLikeLauncher,
  systemd: readLikeSystemd,
  decouple: readLikeDecouple,
  shell: readLikeShell,
} as const satisfies Record<string, Reader>

export type ReaderName = keyof typeof READERS

/** The names of the readers, for people. */
const TEXTS: Readonly<Record<ReaderName, string>> = {
  compose: 'Docker Compose does',
  launcher: 'the launcher bin/mathesar does',
  systemd: 'systemd does',
  decouple: 'Mathesar 0.1.4 to 0.1.7 does',
  shell: 'a shell does',
}

/** The directories of the units that an administrator or a package installs. */
const UNIT_DIRECTORIES = ['/etc/systemd/system', '/lib/systemd/system', '/usr/lib/systemd/system']

/** An `.env` file as the programs read it that may be meant. */
export interface EnvReadings {
  /** The variables as the program reads them that the place of the file shows. */
  variables: Variables
  /** Which program that is, as a clause. */
  readAs: string
  /** Whether that program reads a variable in another way than some other one. */
  isAmbiguous(name: string): boolean
  /** The other readings in which a variable has another value, each once. */
  others: readonly Variables[]
}

/**
 * Reads the text of an `.env` file as the program does that the place of the file shows: Docker Compose
 * beside a Compose file, the launcher beside `bin/mathesar`, systemd in /etc/mathesar and where a unit names
 * the file, and otherwise python-decouple, with which Mathesar 0.1.4 to 0.1.7 reads it.
 *
 * @param reader the program, where the caller knows it
 */
export function readEnvText(text: string, path: string, reader?: ReaderName): EnvReadings {
  const all = new Map(
    (Object.keys(READERS) as ReaderName[]).map((name) => [name, READERS[name](text)] as const),
  )
  const readings = [...all.values()]
  const isAlike = (name: string) => readings.every((variables) => variables[name] === readings[0]?.[name])
  const names = new Set(readings.flatMap((variables) => Object.keys(variables)))
  // Where all programs agree, the place of the file does not matter.
  const chosen = [...names].every(isAlike) ? 'decouple' : (reader ?? chooseReader(path))
  const variables = all.get(chosen) ?? {}
  const key = (reading: Variables) => JSON.stringify(Object.entries(reading).sort())
  const others = new Map(
    [...all].flatMap(([name, reading]) => (name === 'shell' ? [] : [[key(reading), reading] as const])),
  )
  others.delete(key(variables))
  return {
    variables,
    readAs: TEXTS[chosen],
    isAmbiguous: (name) => !isAlike(name),
    others: [...others.values()],
  }
}

/** Returns the program that reads a file in this place. */
export function chooseReader(path: string, unitDirectories = UNIT_DIRECTORIES): ReaderName {
  const directory = dirname(resolve(path))
  // A checkout has a Compose file too; what is installed beside it is used without Compose.
  const isInstalled = existsSync(join(directory, 'mathesar-venv'))
  if (!isInstalled && composeFilesOf(directory, {}).length > 0) return 'compose'
  if (existsSync(join(directory, 'bin', 'mathesar'))) return 'launcher'
  if (directory === '/etc/mathesar' || isNamedByUnit(resolve(path), unitDirectories)) return 'systemd'
  return 'decouple'
}

function isNamedByUnit(path: string, unitDirectories: readonly string[]): boolean {
  return unitDirectories.some((directory) =>
    unitsIn(directory).some((unit) =>
      unit.split('\n').some((line) => /^\s*EnvironmentFile\s*=\s*-?(.*?)\s*$/.exec(line)?.[1] === path),
    ),
  )
}

/** Returns the texts of the units of a directory that this user can read. */
function unitsIn(directory: string): string[] {
  const attempt = <T>(read: () => T, otherwise: T): T => {
    try {
      return read()
    } catch {
      return otherwise
    }
  }
  return attempt(() => readdirSync(directory), [])
    .filter((name) => name.endsWith('.service'))
    .map((name) => attempt(() => readFileSync(join(directory, name), 'utf8'), ''))
}
