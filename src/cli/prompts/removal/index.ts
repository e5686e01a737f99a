import { DEFAULT_REHEARSAL_LOCK_TIMEOUT_MS } from '../../../databases/events.ts'
import type {
  RemovalChoice,
  RemovalConsent,
  RemovalOffer,
  RemovalStage,
  SchemaRemovalPlan,
  SchemaRemovalResult,
} from '../../../databases/removal.ts'
import { OperatorError, usageError } from '../../../errors.ts'
import { remainsText } from '../../../schema/inspect/remains.ts'
import type { Dependent } from '../../../schema/types.ts'
import type { RemovalFlags } from '../../flags/removal.ts'
import type { Invocation } from '../../invocation.ts'
import { printable } from '../../render/printable.ts'
import { quantity } from '../../render/quantity.ts'
import { cascadeText, convertText, countText, keepTypesText, remedyLines } from '../../render/removal.ts'
import { stderrWidth } from '../../render/stderr-width.ts'
import { shellWord } from '../../shell-words.ts'

export interface RemovalDialogue {
  /** `undefined` where nothing may be asked: then dependents stop the removal. */
  choose: ((offer: RemovalOffer) => Promise<RemovalChoice>) | undefined
  confirm: (plan: SchemaRemovalPlan, stage: RemovalStage) => Promise<RemovalConsent>
  /** `undefined` where nothing may be asked: then a rehearsal is all. */
  goOn: ((rehearsed: SchemaRemovalResult) => Promise<boolean>) | undefined
}

export interface RemovalDialogueOptions {
  flags: RemovalFlags
  /** Ends what is animated before something is asked. */
  stop: () => void
  /** For a stored database: that the schemas may stay and only the credentials go. */
  mayLeave: boolean
  /** What is asked where nothing is in the way. */
  question: (plan: SchemaRemovalPlan) => string
  /** What is needed where nobody can be asked. */
  needsYes: () => OperatorError
}

/** So many are shown before a question; a list that scrolls away helps nobody. */
const SHOWN = 20

/** What is told and asked before a removal of the Mathesar schemas. */
export function removalDialogue(invocation: Invocation, options: RemovalDialogueOptions): RemovalDialogue {
  const { terminal, globals } = invocation
  const { flags, stop, mayLeave, question, needsYes } = options
  const asks = terminal.interactive && !globals.yes
  /** What was told already, by the choice or for a rehearsal. */
  let told: { dependents: readonly Dependent[]; shown: number } | null = null
  /** What the choice was: to rehearse it first. */
  let rehearsesFirst = false
  /** The operator wants the removal after its rehearsal. */
  let goesOn = false
  let costTold = false

  const choose = async (offer: RemovalOffer): Promise<RemovalChoice> => {
    stop()
    describe(offer, terminal.explain)
    const { dependents } = offer.survey
    await showList(dependents.slice(0, SHOWN), invocation, terminal.explain)
    told = { dependents, shown: Math.min(SHOWN, dependents.length) }
    if (dependents.length > SHOWN) {
      terminal.explain(
        `and ${dependents.length - SHOWN} more: "mathesarctl schema dependents" lists all, with what each choice would do to each object.`,
      )
    }
    explainRefusal(dependents, invocation)
    const { askChoice } = await import('../ask.ts')
    const choices = await described(choicesOf(offer, mayLeave && !flags.rehearse))
    if (flags.rehearse) return askChoice('What do you want to rehearse?', choices, 'cancel', invocation)
    const chosen = await askChoice(
      'What should happen to them?',
      [...(await described([REHEARSE_FIRST])), ...choices],
      'cancel',
      invocation,
    )
    if (chosen !== 'rehearse') return chosen
    rehearsesFirst = true
    const rehearsable = choices.filter(({ value }) => value !== 'leave')
    return askChoice('What do you want to rehearse?', rehearsable, 'cancel', invocation)
  }

  const confirm = async (plan: SchemaRemovalPlan, stage: RemovalStage): Promise<RemovalConsent> => {
    stop()
    const { survey, strategy, database } = plan
    checkConfirmation(flags, database)
    if (stage === 'remove' && rehearsesFirst && !goesOn) return 'rehearse'
    const { dependents } = survey
    const cascades = strategy === 'cascade' && dependents.length > 0
    const namesIt = cascades && flags.confirm === undefined
    const chosen = told !== null
    const tell = terminal.interactive && (namesIt || !globals.yes) ? terminal.explain : terminal.say
    if (!chosen) describe(plan, tell)
    // Nothing is dropped that was not shown.
    const shown = told?.dependents === dependents ? told.shown : 0
    if (shown < dependents.length && (!chosen || cascades))
      await showList(dependents.slice(shown), invocation, tell)
    if (cascades) tell(cascadeText(survey))
    else if (dependents.length > 0 && !costTold && (!chosen || stage === 'rehearse'))
      tell(convertText(survey))
    told = { dependents, shown: dependents.length }
    costTold = true
    if (stage === 'rehearse') await showLocks(plan, flags, invocation, tell)
    if (namesIt) {
      if (!terminal.interactive) throw needsConfirm(database, globals.yes)
      if (stage === 'remove' && !goesOn) tell('To try it first, stop here and add --rehearse.')
      await askName(database, stage, invocation)
      return true
    }
    if (globals.yes || goesOn || (chosen && stage === 'remove')) return true
    if (!terminal.interactive) throw needsYes()
    const { askYesNo, askYesNoRehearse } = await import('../ask.ts')
    if (stage === 'rehearse') {
      const what = plan.locks?.length === 0 ? 'Run it' : 'Take these locks, run it'
      return askYesNo(`${what} and roll it back?`, false, invocation)
    }
    tell('Answer r to rehearse it first: all of it runs under its locks and is rolled back.')
    return askYesNoRehearse(question(plan), invocation)
  }

  const goOn = async (rehearsed: SchemaRemovalResult): Promise<boolean> => {
    stop()
    const [{ askYesNo }, { showRehearsed }] = await Promise.all([
      import('../ask.ts'),
      import('../../render/removal-result.ts'),
    ])
    await showRehearsed(rehearsed, invocation, terminal.explain)
    goesOn = await askYesNo('Go on with the removal itself now?', false, invocation)
    return goesOn
  }

  return {
    choose: asks && flags.dryRun !== true ? choose : undefined,
    confirm,
    goOn: asks ? goOn : undefined,
  }
}

/** A choice before all others, so that these keep their place. */
const REHEARSE_FIRST = {
  value: 'rehearse',
  name: 'Rehearse one of these first',
  description: 'All of it runs under its locks and is rolled back. The locks are listed before it begins.',
} as const

/** Descriptions as they fit the terminal. */
async function described<T extends string>(
  choices: readonly { value: T; name: string; description: string }[],
): Promise<{ value: T; name: string; description: string }[]> {
  const { wrap } = await import('../../render/wrap.ts')
  return choices.map((choice) => ({ ...choice, description: wrap(choice.description, stderrWidth()) }))
}

/** The locks that a rehearsal takes, and what it costs. */
async function showLocks(
  { locks = [], rewrittenBytes = 0 }: SchemaRemovalPlan,
  { lockTimeout = DEFAULT_REHEARSAL_LOCK_TIMEOUT_MS }: RemovalFlags,
  { terminal }: Invocation,
  tell: Tell,
): Promise<void> {
  const { locksTable, locksText, rehearsalCost } = await import('../../render/rehearsal.ts')
  tell(locksText(locks))
  if (locks.length === 0) return
  const limit = terminal.interactive ? SHOWN : Number.POSITIVE_INFINITY
  tell(locksTable(locks, { width: stderrWidth(), style: terminal.style, limit }), { whole: true })
  tell(rehearsalCost(rewrittenBytes, lockTimeout))
}

type Tell = Invocation['terminal']['say']

/** Which schemas there are, which of them go, and whose they are. */
function describe(plan: SchemaRemovalPlan | RemovalOffer, tell: Tell): void {
  const { database, state, keepTypes, survey } = plan
  const going = state.schemas.filter(({ name }) => survey.schemas.includes(name))
  const place = `In database "${printable(database, false)}"`
  if (going.length === 0) {
    tell(`${place} there ${keepTypes ? 'is neither msar nor __msar' : 'are no Mathesar schemas'} (any more).`)
    return
  }
  const list = going.map(({ name, objects }) => `${name} (${quantity(objects, 'object')})`).join(', ')
  const stays = keepTypes && state.schemas.length > going.length ? ' mathesar_types stays.' : ''
  const { dependents } = survey
  const use =
    dependents.length === 0
      ? 'Nothing outside depends on them.'
      : `${countText(dependents)} ${dependents.length === 1 ? 'depends' : 'depend'} on them:`
  tell(`${place}: ${list}.${stays} ${use}`)
  if (state.kind === 'remains') tell(`That is ${remainsText(state)}.`)
}

async function showList(
  dependents: readonly Dependent[],
  { terminal }: Invocation,
  tell: Tell,
): Promise<void> {
  const { dependentsTable } = await import('../../render/dependents.ts')
  const options = { width: stderrWidth(), style: terminal.style, effects: false }
  tell(dependentsTable(dependents, options), { whole: true })
}

/** Why converting is not offered, with the statements that would change that. */
function explainRefusal(dependents: readonly Dependent[], { terminal }: Invocation): void {
  const refused = dependents.filter(({ refusesConvert }) => refusesConvert)
  if (refused.length === 0) return
  terminal.explain(
    `Converting is not offered, since ${countText(refused)} can't be converted. This would clear the way:`,
  )
  for (const line of remedyLines(refused)) terminal.explain(line, { whole: true })
}

function choicesOf({ survey, keepingTypes }: RemovalOffer, mayLeave: boolean) {
  const choices: { value: RemovalChoice; name: string; description: string }[] = []
  if (survey.convert.refused === 0) {
    choices.push({
      value: 'convert',
      name: 'Convert: make them plain, and keep every value',
      description: convertText(survey),
    })
  }
  // Where all of it uses msar or __msar, keeping the types helps nobody.
  if (keepingTypes && keepingTypes.dependents.length < survey.dependents.length) {
    choices.push({
      value: 'keep-types',
      name: 'Keep the types: remove msar and __msar only',
      description: keepTypesText(keepingTypes),
    })
  }
  // What no command can drop, such as a column of a partition key, would stop it.
  if (survey.missing.cascade?.code !== 'DEPENDENTS_EXIST') {
    choices.push({
      value: 'cascade',
      name: 'Drop them, with the values in them',
      description: `${cascadeText(survey)} You type the name of the database to confirm.`,
    })
  }
  if (mayLeave) {
    choices.push({
      value: 'leave',
      name: 'Leave the schemas, remove the stored credentials only',
      description: 'Nothing in the database changes.',
    })
  }
  choices.push({ value: 'cancel', name: 'Cancel', description: 'Nothing changes.' })
  return choices
}

/** A name that is given must be right whatever depends on the schemas: a wrong one means another database. */
function checkConfirmation({ confirm }: RemovalFlags, database: string): void {
  if (confirm === undefined || confirm === database) return
  throw usageError(
    `--confirm says ${JSON.stringify(confirm)}, but the name of the PostgreSQL database is ${JSON.stringify(database)}.`,
    'Check that this is the database you mean; it is not the name it is stored under that counts.',
    'confirm',
  )
}

function needsConfirm(database: string, yes: boolean): OperatorError {
  return usageError(
    `Dropping what depends on the Mathesar schemas of database "${database}" needs its name as a confirmation, and there is no terminal to ask at.`,
    `Add ${yes ? '' : '--yes '}--confirm ${shellWord(database)}, or --dry-run to see what would be dropped.`,
    'confirm',
  )
}

async function askName(database: string, stage: RemovalStage, invocation: Invocation): Promise<void> {
  const { askText } = await import('../ask.ts')
  const typed = await askText(
    {
      message: `To ${stage === 'rehearse' ? 'rehearse that' : 'drop all that'}, type the name of the PostgreSQL database (${printable(database, false)}):`,
      check: () => null,
    },
    invocation,
  )
  if (typed === database) return
  throw new OperatorError(
    'ABORTED',
    'That is not the name of the database. Nothing was removed.',
    'Run the command again when you are ready.',
  )
}
