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

/** Returns the stored names. Needs no key, changes nothing, and returns no names where anything fails. */
async function storedNames(words: readonly string[]): Promise<readonly string[]> {
  try {
    const [{ resolveGlobals }, { homeDirectory }, { peekNames }] = await Promise.all([
      import('../settings/globals.ts'),
      import('../../files/home-directory.ts'),
      import('../../databases/interface/internal-database.ts'),
    ])
    const typed = flagValue(words, '--internal-db')
    const { internalDb } = await resolveGlobals(typed === null ? {} : { internalDb: typed }, process.env)
    if (internalDb.location === null) return []
    // The shell would have replaced the tilde with the home directory.
    const home = homeDirectory(process.env)
    const path = home === null ? internalDb.location : internalDb.location.replace(/^~(?=\/)/, home)
    return await peekNames(path, internalDb.trust)
  } catch {
    return []
  }
}

function flagValue(words: readonly string[], flag: string): string | null {
  const before = words.slice(0, -1)
  const at = before.findLastIndex((word) => word === flag || word.startsWith(`${flag}=`))
  const word = before[at]
  if (word === undefined) return null
  return word === flag ? (before[at + 1] ?? null) : word.slice(flag.length + 1)
}
