import type { Command } from 'commander'
import { breakCommand } from '../../src/break-lines.ts'
import { examplesOf, explanationOf } from '../../src/cli/help.ts'
import { buildProgram } from '../../src/cli/program.ts'
import {
  bugReports,
  ENVIRONMENT,
  EXIT_STATUSES,
  errorCodeRows,
  FILES,
  SECURITY,
} from '../../src/cli/reference.ts'
import { jsonErrorLines, jsonOutputSection } from './man-json.ts'
import { manText } from './man-text.ts'

/** The files of the checkout that the man pages take facts from. */
export interface ManSources {
  /** CHANGELOG.md: the date and the version are those of its newest release. */
  changelog: string
  /** debian/control: the maintainer is the address for bugs. */
  control: string
}

/** Returns the man pages in mdoc(7), by file name. The same sources produce the same bytes. */
export function manPages({ changelog, control }: ManSources): Map<string, string> {
  const release = /^## (\S+) \((\d{4})-(\d{2})-(\d{2})\)$/m.exec(changelog)
  if (!release) throw new Error('The changelog has no release with a date')
  const [, version = '', year = '', month = '', day = ''] = release
  const date = `${MONTHS[Number(month) - 1]} ${Number(day)}, ${year}`
  const program = buildProgram()
  const groups = shownCommands(program)
  const bugs = paragraphs(bugReports(maintainerOf(control)))
  const pages = new Map<string, string>()
  const others = (self: string) =>
    ['mathesarctl', ...groups.map((group) => `mathesarctl-${group.name()}`)].filter((name) => name !== self)
  const page = (name: string, purpose: string, body: string[], after: string[] = []) => {
    const see = [...others(name).map((other) => `.Xr ${other} 1`), '.Xr psql 1']
    const lines = [
      `.\\" Generated from the command tree by scripts/man.ts; do not edit.`,
      `.Dd ${date}`,
      `.Dt ${name.toUpperCase()} 1`,
      // groff before 1.23 puts "BSD" before the name of the manual in the header.
      '.ds doc-volume General Commands Manual',
      `.Os mathesarctl ${version}`,
      '.Sh NAME',
      `.Nm ${name}`,
      `.Nd ${manText(lowerFirst(purpose))}`,
      ...body,
      '.Sh SEE ALSO',
      ...see.sort().map((line, index) => (index < see.length - 1 ? `${line} ,` : line)),
      '.Sh BUGS',
      ...bugs,
      ...after,
    ]
    pages.set(`${name}.1`, `${lines.join('\n')}\n`)
  }
  const security = ['.Sh SECURITY CONSIDERATIONS', ...paragraphs(SECURITY)]
  page('mathesarctl', program.description(), mainPage(program, groups, version), security)
  for (const group of groups) page(`mathesarctl-${group.name()}`, group.description(), groupPage(group))
  return pages
}

function maintainerOf(control: string): string {
  const maintainer = /^Maintainer: (.+ <.+@.+>)$/m.exec(control)?.[1]
  if (!maintainer) throw new Error('debian/control has no maintainer with an address')
  return maintainer
}

const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
]

function mainPage(program: Command, groups: readonly Command[], version: string): string[] {
  return [
    '.Sh SYNOPSIS',
    '.Nm',
    '.Op Ar global-options',
    '.Ar command',
    '.Op Ar arguments',
    '.Sh DESCRIPTION',
    ...paragraphs(explanationOf(program)),
    '.Pp',
    `This page describes version ${version}.`,
    '.Sh COMMANDS',
    '.Bl -tag -width Ds',
    ...groups.flatMap((group) => {
      const children = shownCommands(group)
      const own = isCommand(group) ? [[group.name(), group.description()]] : []
      const below = children.map((child) => [`${group.name()} ${child.name()}`, child.description()])
      return [...own, ...below].flatMap(([name, description]) => [
        `.It Cm ${name}`,
        manText(`${description}.`),
        'See',
        `.Xr mathesarctl-${group.name()} 1 .`,
      ])
    }),
    '.El',
    '.Sh OPTIONS',
    'Every command accepts these options, before and after its name.',
    ...optionList(program),
    ...jsonOutputSection(['--help', '--version']),
    '.Sh ENVIRONMENT',
    ...tagList(ENVIRONMENT, 'Ev'),
    '.Sh FILES',
    ...tagList(FILES, 'Pa'),
    '.Sh EXIT STATUS',
    '.Bl -tag -width 130',
    ...EXIT_STATUSES.flatMap(([status, meaning]) => [`.It ${status}`, manText(meaning)]),
    '.El',
    '.Pp',
    'With',
    '.Fl -json',
    'an error is one JSON object on standard error, and standard output is empty.',
    'The object has one field,',
    '.Va error ,',
    'which has these fields:',
    ...jsonErrorLines(),
    '.Pp',
    '.Xr mathesarctl-schema 1',
    'lists the fields of a dependent.',
    'The error codes, each with its exit status:',
    '.Bl -tag -width Ds',
    ...errorCodeRows().flatMap(([code, status, meaning]) => [
      `.It Er ${code} Pq ${status}`,
      manText(meaning),
    ]),
    '.El',
    ...exampleSection([program]),
  ]
}

function groupPage(group: Command): string[] {
  const children = shownCommands(group)
  const described = [...(isCommand(group) ? [group] : []), ...children]
  return [
    '.Sh SYNOPSIS',
    ...described.flatMap(synopsis),
    '.Sh DESCRIPTION',
    ...paragraphs([`${group.description()}.`, ...explanationOf(group)]),
    '.Pp',
    '.Xr mathesarctl 1',
    'describes global options, environment, files, exit status and error codes.',
    ...argumentList(group),
    ...optionList(group),
    ...children.flatMap((child) => [
      `.Ss ${child.name()}`,
      manText(`${child.description()}.`),
      ...argumentList(child),
      ...explanationOf(child).flatMap((paragraph) => ['.Pp', manText(paragraph)]),
      ...optionList(child),
    ]),
    ...jsonOutputSection(described.map(wordsOf)),
    ...exampleSection(described),
  ]
}

/** Returns the subcommands that help shows, except `help` itself. */
function shownCommands(command: Command): Command[] {
  const shown = command.createHelp().visibleCommands(command)
  return shown.filter((child) => child.name() !== 'help')
}

/** Returns whether a group is a command itself; other groups only have subcommands. */
function isCommand(group: Command): boolean {
  return group.registeredArguments.length > 0 || shownCommands(group).length === 0
}

/** Returns the words of a command, such as `db add`. */
function wordsOf(command: Command): string {
  const path: string[] = []
  for (let at: Command | null = command; at?.parent; at = at.parent) path.unshift(at.name())
  return path.join(' ')
}

function synopsis(command: Command): string[] {
  const words = command.registeredArguments
    .filter((argument) => argument.name() !== 'words')
    .map((argument) => {
      const name = `Ar ${argument.name()}${argument.variadic ? ' ...' : ''}`
      return argument.required ? `.${name}` : `.Op ${name}`
    })
  return ['.Nm mathesarctl', `.Cm ${wordsOf(command)}`, '.Op Ar options', ...words]
}

function argumentList(command: Command): string[] {
  const known = command.registeredArguments.filter(({ description }) => description)
  return known.flatMap((argument) => [
    '.Pp',
    `.Ar ${argument.name()} :`,
    manText(`${argument.description}.${choicesText(argument.argChoices)}`),
  ])
}

function optionList(command: Command): string[] {
  const options = command.options.filter(({ hidden }) => !hidden)
  if (options.length === 0) return []
  return [
    '.Bl -tag -width Ds',
    ...options.flatMap((option) => {
      const value = /[<[](.+)[>\]]/.exec(option.flags)?.[1]
      const names = [option.short, option.long].filter((name) => name !== undefined)
      const flags = names.map((name) => `Fl ${name.replace(/^-/, '')}`).join(' , ')
      return [
        `.It ${flags}${value ? ` Ar ${value.replaceAll('|', ' | ')}` : ''}`,
        manText(`${upperFirst(option.description)}.${choicesText(option.argChoices)}`),
      ]
    }),
    '.El',
  ]
}

function choicesText(choices: readonly string[] | undefined): string {
  return choices ? ` One of ${choices.join(', ')}.` : ''
}

/** Columns of an example: 78 without the indents of the section and of the display. */
const EXAMPLE_WIDTH = 66

function exampleSection(commands: readonly Command[]): string[] {
  const examples = commands.flatMap((command) => examplesOf(command))
  if (examples.length === 0) return []
  return [
    '.Sh EXAMPLES',
    ...examples.flatMap(({ command, purpose }, index) => [
      ...(index === 0 ? [] : ['.Pp']),
      manText(`${purpose}:`),
      '.Bd -literal -offset indent',
      ...breakCommand(command, EXAMPLE_WIDTH).split('\n').map(manText),
      '.Ed',
    ]),
  ]
}

function tagList(rows: readonly (readonly [string, string])[], macro: string): string[] {
  return [
    '.Bl -tag -width Ds',
    ...rows.flatMap(([tag, meaning]) => [
      `.It ${tag
        .split(', ')
        .map((word) => `${macro} ${word}`)
        .join(' , ')}`,
      manText(meaning),
    ]),
    '.El',
  ]
}

function paragraphs(list: readonly string[]): string[] {
  return list.flatMap((paragraph, index) => [...(index === 0 ? [] : ['.Pp']), manText(paragraph)])
}

function upperFirst(content: string): string {
  return content.charAt(0).toUpperCase() + content.slice(1)
}

function lowerFirst(content: string): string {
  return content.charAt(0).toLowerCase() + content.slice(1)
}
