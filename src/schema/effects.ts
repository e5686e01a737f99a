import type { FoundDependent } from './dependents-query.ts'
import type { Dependent } from './types.ts'

/** The part of a dependent that says what each strategy would do to it. */
export type Effects = Pick<Dependent, 'effects' | 'refusesConvert' | 'remedy'>

/** What becomes of a dependent as far as its kind alone tells. */
export function effectsOf({ kind }: FoundDependent): Effects {
  return {
    effects: { refuse: 'stands in the way', convert: 'stands in the way', cascade: `${kind} is dropped` },
    refusesConvert: true,
    remedy: null,
  }
}
