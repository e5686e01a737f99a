import { chooseStrategy } from './choose.ts'
import { confirmRemoval, showCost } from './confirm.ts'
import type { RemovalDialogue, RemovalDialogueContext, RemovalDialogueState } from './types.ts'

export type { RemovalDialogue } from './types.ts'

/**
 * Returns the dialogue before a removal of the Mathesar schemas: what is shown and asked, in the order of the
 * use case.
 */
export function removalDialogue(context: RemovalDialogueContext): RemovalDialogue {
  const { prompts, reporter, stop, yes } = context
  const state: RemovalDialogueState = {
    listed: null,
    plan: null,
    isCostShown: false,
    shouldRehearseFirst: false,
    isRehearsed: false,
  }
  const asking = yes ? null : prompts
  return {
    choose:
      asking === null
        ? undefined
        : (offer) => {
            stop()
            return chooseStrategy(offer, state, { ...context, prompts: asking })
          },
    confirm: (plan, stage) => {
      stop()
      return confirmRemoval(plan, stage, state, context)
    },
    confirmAfterRehearsal:
      asking === null
        ? undefined
        : async (rehearsed) => {
            stop()
            const { showRehearsed } = await import('../../render/removal-result.ts')
            showRehearsed(rehearsed, reporter, reporter.explain)
            // The operator has seen all this before the rehearsal, far above the question.
            if (state.plan !== null) {
              showCost(state.plan, 'The removal itself: ', reporter.explain)
              reporter.explain(context.consequence(state.plan))
            }
            state.isRehearsed = await asking.yesNo('Run the removal itself now?', false)
            return state.isRehearsed
          },
    recreated: () => (state.plan?.strategy === 'convert' ? state.plan.survey.rebuilt : []),
  }
}
