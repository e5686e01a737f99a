import { isDeepStrictEqual } from 'node:util'
import { fingerprint } from '../../secrets/new-key.ts'
import { isKeyCopy, isSameFile, type RotationFiles } from '../../secrets/rotation.ts'
import type { KeyPlace } from '../../secrets/secret-key.ts'
import type { RotateKeyInput, RotationPlan } from './types.ts'

/** What decides whether a place has to get the new key. */
interface PlaceFacts {
  /** The keys that encrypted what is stored, besides those that the record names. */
  proved: readonly string[]
  /** The key files that get the new key in this run. */
  replaced: readonly string[]
  /** The internal database is that of a Mathesar. */
  isMathesars: boolean
}

/**
 * Returns where the settings have another key than the new one that belongs to this internal database, first
 * in their files, which a flag or a variable outranks: an old key anywhere, and any key in the files of the
 * Mathesar whose internal database this is. Somebody may have set the new key there with an error.
 */
export function oldPlaces(
  { current, held, outranked, filesOwner = null }: RotateKeyInput,
  { newKey, record }: Pick<RotationFiles, 'newKey' | 'record'>,
  { proved, replaced, isMathesars }: PlaceFacts,
): Pick<RotationPlan, 'oldPlaces' | 'strangePlaces'> {
  const isOld = (key: string) =>
    key !== newKey && (proved.includes(key) || record?.old.includes(fingerprint(key)) === true)
  const found = [outranked, held ?? current].flatMap((given) => {
    if (!given || given.key === newKey) return []
    const { place } = given
    const keys = [given.key, ...(given.others ?? [])]
    const isOfThis = filesOwner === 'this' && isMathesarsFile(place)
    const isStrange = !keys.some(isOld)
    if (isStrange && (!isOfThis || keys.some((key) => key === newKey))) return []
    return isSetting(place, { replaced, isMathesars, filesOwner }) ? [{ place, isStrange }] : []
  })
  const places = found.filter(
    ({ place }, at) => !found.slice(0, at).some((other) => isDeepStrictEqual(other.place, place)),
  )
  return {
    oldPlaces: places.map(({ place }) => place),
    strangePlaces: places.flatMap(({ place, isStrange }) => (isStrange ? place : [])),
  }
}

/** Returns whether a place is a file in which a Mathesar keeps its key. */
function isMathesarsFile(place: KeyPlace): boolean {
  return place.kind === 'env-file' || (place.kind === 'file' && place.isMathesars)
}

/** Returns whether a rotation of this internal database is about the key in a place. */
function isSetting(
  place: KeyPlace,
  { replaced, isMathesars, filesOwner }: Omit<PlaceFacts, 'proved'> & Pick<RotateKeyInput, 'filesOwner'>,
): boolean {
  // Another Mathesar keeps its key.
  if (filesOwner === 'other' && isMathesarsFile(place)) return false
  switch (place.kind) {
    case 'file':
      return (
        !isKeyCopy(place.path) &&
        !replaced.some((path) => path === place.path || isSameFile(path, place.path))
      )
    case 'env-file':
      // A Mathesar may read that file, and keeps its key.
      return isMathesars
    default:
      return true
  }
}
