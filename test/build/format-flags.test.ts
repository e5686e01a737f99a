import { describe, expect, it } from 'vitest'
import { FORMAT_DESCRIPTIONS } from '../../src/build/formats/descriptions.ts'
import { type FormatFlag, flagName, readSettings, textFlag } from '../../src/build/formats/flags.ts'

const count: FormatFlag<number> = {
  syntax: '--how-many <number>',
  help: 'how many',
  read: ([word = '']) => Number(word),
}
const flags = { name: textFlag('--name <name>', 'its name'), count }

describe('the flags of formats', () => {
  it('the flags of a format fill its settings, each with its own type', () => {
    const settings = readSettings(flags, (flag) => (flag === 'how-many' ? ['3'] : ['Ann']))
    expect(settings).toEqual({ name: 'Ann', count: 3 })
  })

  it('a setting is absent if its flag was not passed', () => {
    expect(readSettings(flags, () => undefined)).toEqual({})
  })

  it('each flag of a format has a name of its own among all formats', () => {
    const names = FORMAT_DESCRIPTIONS.flatMap((format) => Object.values(format.flags).map(flagName))
    expect(new Set(names).size).toBe(names.length)
    for (const name of names) expect(name).toMatch(/^[a-z]+(-[a-z]+)*$/)
  })
})
