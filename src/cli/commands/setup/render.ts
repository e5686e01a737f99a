import type { SetupResult } from '../../../databases/setup.ts'
import type { SeenInternal } from '../../../databases/take-up.ts'
import type { DocumentOf } from '../../json/index.ts'
import { printable } from '../../render/printable.ts'
import { quantity } from '../../render/quantity.ts'
import { releaseRangeText } from '../../render/release-range.ts'
import { stderrWidth } from '../../render/stderr-width.ts'
import { summary } from '../../render/summary.ts'
import type { Globals } from '../../settings/globals.ts'
import { commandToRepeat } from '../../settings/repeated-flags.ts'
import { shellWord } from '../../shell-words.ts'
import type { Terminal } from '../../terminal.ts'
import type { SeenMathesar } from './found.ts'
import { keyText, storedText } from './found-text.ts'
import { flagsBeside, isKept, type KeptSettings } from './keep.ts'
import type { TakenUp } from './take-up.ts'

type SetupDocument = DocumentOf<'setup'>

interface Context {
  found: readonly SeenMathesar[]
  terminal: Terminal
}

/** Returns the JSON document for an internal database of its own. */
export function ownDocument(
  result: SetupResult,
  { globals, kept, found, terminal }: Context & { globals: Globals; kept: KeptSettings | null },
): SetupDocument {
  const config = globals.files.config
  return {
    ...result,
    config,
    mathesar: null,
    written: kept === null ? null : writtenDocument(kept),
    found: found.map(foundDocument),
    ...terminal.collected(),
  }
}

function writtenDocument({ status, lines, reason }: KeptSettings): SetupDocument['written'] {
  if (status === 'unneeded') return null
  return { status, lines, ...(reason === null ? {} : { reason }) }
}

/** Returns the JSON document for Mathesars that were only reported. */
export function reportDocument({ files }: Globals, { found, terminal }: Context): SetupDocument {
  return {
    secretKey: null,
    internalDatabase: null,
    config: files.config,
    mathesar: null,
    written: null,
    found: found.map(foundDocument),
    ...terminal.collected(),
  }
}

/** Returns the JSON document for a Mathesar that was taken up. */
export function takenUpDocument(
  { globals, examined, journal, isJournalCreated, kept, importable }: TakenUp,
  { found, terminal }: Context,
): SetupDocument {
  return {
    secretKey: { source: examined.key.source ?? '', created: false },
    internalDatabase: { location: examined.location, created: false },
    config: globals.files.config,
    mathesar: { ...examinedDocument(examined), journal: { place: journal, created: isJournalCreated } },
    written: writtenDocument(kept),
    ...(importable.length === 0 ? {} : { importable }),
    found: found.map(foundDocument),
    ...terminal.collected(),
  }
}

function foundDocument({ found, location, examined, error }: SeenMathesar): SetupDocument['found'][number] {
  const { kind, file, service, flags, owner } = found
  return {
    kind,
    file,
    ...(service === null ? {} : { service }),
    ...(owner === null ? {} : { owner }),
    internalDatabase: location,
    flags: {
      ...(flags.internalDb === undefined ? {} : { internalDb: flags.internalDb }),
      ...(flags.envFile === undefined ? {} : { envFile: flags.envFile }),
      ...(flags.address === undefined ? {} : { address: flags.address }),
    },
    mathesar: examined === null ? null : examinedDocument(examined),
    error: error === null ? null : { code: error.code, message: error.message, hint: error.hint },
  }
}

function examinedDocument({ releases, names, key }: SeenInternal) {
  return { releases: releases && releaseRangeText(releases), databases: names.length, key: key.state }
}

/** Writes for people what setup did for an internal database of its own. */
export function showOwn(result: SetupResult, kept: KeptSettings | null, terminal: Terminal): void {
  const { secretKey, internalDatabase } = result
  terminal.info(`Secret key, ${stateText(secretKey)}:`)
  terminal.info(`  ${printable(secretKey.source, false)}`)
  terminal.info(`Internal database, ${stateText(internalDatabase)}:`)
  terminal.info(`  ${printable(internalDatabase.location, false)}`)
  if (kept !== null) showKept(kept, terminal)
  if (!secretKey.created) return
  terminal.info()
  terminal.info(
    'Keep a copy of the secret key in a safe place: without it the stored credentials can never be ' +
      'read again.',
  )
}

/** Writes for people what setup did with a Mathesar. */
export function showTakenUp(
  { globals, examined, journal, isJournalCreated, kept, importable }: TakenUp,
  terminal: Terminal,
): void {
  const host = globals.live?.settings.host ?? ''
  const address = globals.addresses.get(host)
  const rows: [label: string, value: string][] = [
    ['Internal database', examined.location],
    ...(address === undefined
      ? []
      : [
          ['Address', `${address.address}${address.port === undefined ? '' : `:${address.port}`}`] as [
            string,
            string,
          ],
        ]),
    ['Releases', examined.releases ? releaseRangeText(examined.releases) : 'unknown'],
    ['Databases', storedText(examined.names.length)],
    ['Secret key', keyText(examined.key)],
    ['Journal', journalText(journal, isJournalCreated, globals)],
  ]
  terminal.info()
  terminal.info('mathesarctl works with this Mathesar:')
  terminal.info(summary(rows, { width: stderrWidth(), style: terminal.style }), { isWhole: true })
  if (examined.writeRefusal !== null) {
    terminal.info()
    terminal.info(`It can be read, but not written to: ${examined.writeRefusal.reason}.`)
    terminal.info(examined.writeRefusal.hint)
  }
  showKept(kept, terminal)
  for (const { location, databases } of importable) {
    const command = `mathesarctl db import --from ${shellWord(location)}`
    terminal.info()
    terminal.info(
      `This Mathesar does not read ${quantity(databases, 'database')} stored in this file of mathesarctl:`,
    )
    terminal.info(`  ${printable(location, false)}`)
    terminal.info('To copy what this Mathesar lacks, run:')
    const given = isKept(kept) ? flagsBeside(globals.given) : globals.given
    terminal.info(`  ${commandToRepeat(command, { given })}`, { isWhole: true })
  }
}

function journalText(journal: TakenUp['journal'], isCreated: boolean, { files }: Globals): string {
  if (journal === 'directory') return `the directory ${files.journals ?? '(none)'}`
  return `the schema mathesarctl of the internal database, ${isCreated ? 'created' : 'already there'}`
}

function showKept({ path, status, reason, lines }: KeptSettings, terminal: Terminal): void {
  switch (status) {
    case 'unneeded':
      return
    case 'unchanged':
      terminal.info()
      terminal.info(`The configuration file has these settings already: ${printable(path ?? '', false)}`)
      return
    case 'failed':
      terminal.warn(
        path === null
          ? `There is no configuration file that could hold these settings: ${reason}.`
          : `The configuration file ${path} can't be written: ${reason}.`,
        'Later commands need the same flags, or these lines in the configuration file:',
      )
      for (const line of lines) terminal.info(`  ${printable(line, false)}`, { isWhole: true })
      return
    case 'written':
      terminal.info()
      terminal.info(`Written to the configuration file ${printable(path ?? '', false)}:`)
      for (const line of lines) terminal.info(`  ${printable(line, false)}`, { isWhole: true })
  }
}

/** States what exists after setup, as a sentence. */
export function setupText({ secretKey, internalDatabase }: SetupResult): string {
  if (secretKey.created && internalDatabase.created) {
    return 'The secret key and the internal database were created and stay.'
  }
  if (secretKey.created) return 'The secret key was created and stays.'
  if (internalDatabase.created) return 'The internal database was created and stays.'
  return ''
}

/** The same for a Mathesar that was taken up. */
export function takenUpText({ isJournalCreated, kept }: TakenUp): string {
  return [
    ...(isJournalCreated ? ['The schema mathesarctl was created and stays.'] : []),
    ...keptText(kept),
  ].join(' ')
}

/** States whether the settings were written, as a sentence. */
export function keptText(kept: KeptSettings | null): string[] {
  return kept?.status === 'written' ? ['The settings were written and stay.'] : []
}

function stateText({ created }: { created: boolean }): string {
  return created ? 'created' : 'already there and kept'
}
