import type { Command } from 'commander'
import type { Shell } from '../../completion-scripts.ts'
import { hasInvisible } from '../render/printable.ts'
import { forBash, type ShellWord, shellWords, unquoted } from '../shell-words.ts'
import { type Candidate, complete } from './complete.ts'

interface Question {
  shell?: Shell
  /** The characters at which bash breaks words. */
  breaks?: string
}

/**
 * Returns the lines for a shell's completion script: a candidate each, in the form of that shell, or `paths`
 * and the kind of paths that the shell itself completes.
 *
 * @param typedWords for bash the whole line up to the cursor; for other shells the words after the program's
 *   name
 */
export async function completionLines(
  program: Command,
  typedWords: readonly string[],
  { shell, breaks = '' }: Question,
  paths: string,
): Promise<string[]> {
  const typed = shell === 'bash' ? shellWords(typedWords[0] ?? '') : typedWords.map(asWord(shell))
  const words = (shell === 'bash' ? typed.slice(1) : typed).map(({ value }) => value)
  const completion = await complete(program, words, () => storedNames(words).then(typeableNames))
  if (completion.candidates.length === 0 && shell)
    return completion.paths ? [`${paths}${completion.paths}`] : []
  const last = typed.at(-1) ?? { raw: '', value: '', open: null, openedAt: 0 }
  return completion.candidates.map((candidate) => line(candidate, shell, last, breaks))
}

/**
 * fish has removed the quotes of all words but the one that the user is typing; they must not be removed
 * twice.
 */
function asWord(shell: Shell | undefined) {
  return (raw: string, index: number, all: readonly string[]): ShellWord => {
    const isQuoted = shell === 'zsh' || (shell === 'fish' && index === all.length - 1)
    return { raw, value: isQuoted ? unquoted(raw) : raw, open: null, openedAt: 0 }
  }
}

function line(
  { word, about }: Candidate,
  shell: Shell | undefined,
  typed: ShellWord,
  breaks: string,
): string {
  switch (shell) {
    case 'bash':
      return forBash(word, typed, breaks)
    case 'zsh': {
      const escaped = word.replace(/[\\:]/g, '\\$&')
      return about === '' ? escaped : `${escaped}:${about}`
    }
    case 'fish':
      return about === '' ? word : `${word}\t${about}`
    case undefined:
      return word
  }
}

/** Leaves out names that a shell would not show as they are, such as one with a line break. */
function typeableNames(names: readonly string[]): readonly string[] {
  return names.filter((name) => !hasInvisible(name))
}

/** How long the server of an internal database may take: somebody waits for the shell's completion. */
const COMPLETION_TIMEOUT_MS = 1_000

/** Returns the stored names. Needs no key, changes nothing, and returns no names where anything fails. */
async function storedNames(words: readonly string[]): Promise<readonly string[]> {
  try {
    const [{ resolveGlobals }, { homeDirectory }, { peekNames }, { liveOptions }] = await Promise.all([
      import('../settings/globals.ts'),
      import('../../files/home-directory.ts'),
      import('../../databases/interface/internal-database.ts'),
      import('../settings/live-options.ts'),
    ])
    // The shell would have replaced the tilde with the home directory.
    const home = homeDirectory(process.env)
    const path = (text: string) => (home === null ? text : text.replace(/^~(?=\/)/, home))
    const internalDb = flagValues(words, '--internal-db').at(-1)
    const envFile = flagValues(words, '--env-file').at(-1)
    const globals = await resolveGlobals(
      {
        ...(internalDb === undefined ? {} : { internalDb: path(internalDb) }),
        ...(envFile === undefined ? {} : { envFile: path(envFile) }),
        address: flagValues(words, '--address'),
      },
      process.env,
    )
    const { location, trust } = globals.internalDb
    if (location === null) return []
    return await peekNames(location, trust, await liveOptions(globals, { timeoutMs: COMPLETION_TIMEOUT_MS }))
  } catch {
    return []
  }
}

/** Returns the values of a flag before the word that is completed. */
function flagValues(words: readonly string[], flag: string): string[] {
  const before = words.slice(0, -1)
  return before.flatMap((word, index) => {
    if (word.startsWith(`${flag}=`)) return [word.slice(flag.length + 1)]
    const next = before[index + 1]
    return word === flag && next !== undefined ? [next] : []
  })
}
