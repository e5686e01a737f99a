import type { KeyPlace, SecretKey } from '../../secrets/secret-key.ts'
import type { MathesarSession, SealedKind } from '../../store/sealed.ts'
import type { RunOptions } from '../events.ts'

export interface RotateKeyInput {
  /**
   * The key that the settings give; `null` if they give none, as between a rotation from the key that
   * Mathesar 0.1.x contains and the restart.
   */
  current: Pick<SecretKey, 'key' | 'others' | 'place'> | null
  /**
   * What the settings hold where a flag gives `current` for this run; `null` or missing if there is no such
   * flag, or if they hold no key.
   */
  held?: Pick<SecretKey, 'key' | 'others' | 'place'> | null
  /**
   * What the files of the settings give where a flag or a variable outranks them; `null` or missing if
   * nothing does, or if they give none.
   */
  outranked?: Pick<SecretKey, 'key' | 'others' | 'place'> | null
  /**
   * Whose the files of a Mathesar are that the settings name, as they state: `this` has the internal database
   * of this run, `other` has another one; `null` or missing if the files do not show it.
   */
  filesOwner?: 'this' | 'other' | null
  /**
   * The file of the new key, absolute. If it exists and is not that of an earlier rotation, its key is the
   * new one.
   */
  newKeyFile: string
  /**
   * Somebody named `newKeyFile` for this rotation, so that a key in it is the new one although nothing
   * records that; by default `true`.
   */
  isKeyFileNamed?: boolean
  /** The directory of the default file, where a note names another one; `null` or missing for no note. */
  noteDirectory?: string | null
  /** The key file that this program uses where nothing names one; `null` or missing if there is none. */
  usualKeyFile?: string | null
  /** Groups that may write to the directories of the files, which belong to this user or to root. */
  groups?: readonly number[]
  /** Rotate even while Mathesar has sessions in its internal database. */
  whileRunning?: boolean
  dryRun?: boolean
  /** Called after all checks and before the first change; `false` ends the rotation with `ABORTED`. */
  confirm?: (plan: RotationPlan) => Promise<boolean>
}

/**
 * How far the rotation to the new key has come.
 * - `new`: it begins;
 * - `continued`: the new key exists, and the settings still give the old one;
 * - `finishing`: the settings give the new key, and what the old key wrote meanwhile is re-encrypted.
 */
export type RotationState = 'new' | 'continued' | 'finishing'

/** One credential that is listed by name. */
export interface NamedCredential {
  kind: SealedKind
  /** That of a stored database, `ROLE@HOST:PORT`, or the number of a download link. */
  name: string
  /** Of a role: the stored databases whose users are mapped to it. */
  databases?: readonly string[]
}

/**
 * Why a key file does not get the new key: nothing shows that its key is that of this internal database, so
 * that others may need it; or it can't be replaced, with the reason as the end of a sentence.
 */
export type KeyFileProblem =
  | { kind: 'unproven'; path: string }
  | { kind: 'not replaceable'; path: string; reason: string }

export interface RotationPlan {
  state: RotationState
  /** How many credentials of each kind are re-encrypted; kinds without any are left out. */
  reencrypts: Partial<Record<SealedKind, number>>
  /** How many are under the new key already. */
  current: number
  /** Those that no known key opens; they stay as they are. */
  unopened: readonly NamedCredential[]
  /** Those that are stored in plain text, which Mathesar reads too; they stay as they are. */
  plainText: readonly NamedCredential[]
  newKeyFile: string
  /** The new key file exists already. */
  isKeyThere: boolean
  /** The key file of this program that gets the new key, first that of the settings; `null` if none does. */
  keyFile: string | null
  /** All key files that get it: a flag may give a copy of that of the settings. */
  keyFiles: readonly string[]
  /** Why no key file gets it although this program reads the old one from there. */
  keyFileProblem?: KeyFileProblem
  /** The settings hold the new key already, although a flag gave another one. */
  isHeld: boolean
  /**
   * Where the settings have another key than the new one and this run does not replace it, first in their
   * files. No rotation is over before all of them have the new key.
   */
  oldPlaces: readonly KeyPlace[]
  /** Those of them in which a Mathesar has a key that is neither an old one nor the new one. */
  strangePlaces: readonly KeyPlace[]
  /** The sessions that Mathesar has in its internal database; `null` where nothing shows them. */
  sessions: readonly MathesarSession[] | null
}

export interface RotateKeyResult extends RotationPlan {
  /**
   * `finished`: the settings give the new key, after this run if it replaced a key file, and nothing is under
   * another known key any more.
   */
  status: 'rotated' | 'finished' | 'planned'
  /** The dated copy of the old key; `null` if there is none, or if the run wrote nothing. */
  backup: string | null
  /** The dated copy of the key that was in `keyFile`; `null` if no file was replaced. */
  keyFileBackup: string | null
  /** The new key file is the one in use, or a dated copy: the next rotation needs another one. */
  isKeyFileInUse: boolean
  /** The rotation is over: what `finished` states. */
  isOver: boolean
  /** Files of a rotation that is over, which nothing needs any more. */
  leftovers: readonly string[]
  /**
   * The only file that is known to have the new key once the rotation is over, where a variable or a pipe
   * gives it to this run; `null` if the settings have it in a file.
   */
  onlyFile: string | null
}

export type RotateKeyOptions = Pick<RunOptions, 'onProgress'> & {
  /** The time that dated copies state; for tests. */
  now?: Date
}
