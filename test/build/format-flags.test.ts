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
  it('fill the settings that they are for, each with its own type', () => {
    const settings = readSettings(flags, (flag) => (flag === 'how-many' ? ['3'] : ['Ann']))
    expect(settings).toEqual({ name: 'Ann', count: 3 })
  })

  it('leave a setting out where the flag was not given', () => {
    expect(readSettings(flags, () => undefined)).toEqual({})
  })

  it('have each a name of their own among all formats', () => {
    const names = FORMAT_DESCRIPTIONS.flatMap((format) => Object.values(format.flags).map(flagName))
    expect(new Set(names).size).toBe(names.length)
    for (const name of names) expect(name).toMatch(/^[a-z]+(-[a-z]+)*$/)
  })
})
