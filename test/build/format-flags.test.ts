import { describe, expect, it } from 'vitest'
import { APT_REPO } from '../../src/build/formats/apt-repo/description.ts'
import { FORMAT_DESCRIPTIONS, type FormatName } from '../../src/build/formats/descriptions.ts'
import { type FormatFlag, flagName, readSettings, textFlag } from '../../src/build/formats/flags.ts'
import { OCI } from '../../src/build/formats/oci/description.ts'
import { refuseOtherFlags, settingsOf } from '../../src/cli/commands/build/format-flags.ts'

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

  it('each flag of a format has a name of its own among all formats, or says which values it accepts', () => {
    const flags = FORMAT_DESCRIPTIONS.flatMap((format): FormatFlag<unknown>[] => Object.values(format.flags))
    for (const [name, owners] of Map.groupBy(flags, flagName)) {
      expect(name).toMatch(/^[a-z]+(-[a-z]+)*$/)
      if (owners.length === 1) continue
      for (const { accepts, syntax } of owners) {
        expect(accepts).toBeTypeOf('function')
        expect(syntax).toBe(owners[0]?.syntax)
      }
    }
  })

  it('the settings of a format contain the values of a shared flag that it accepts', () => {
    const even = { target: { ...textFlag('--target <x>', 'x'), accepts: (word: string) => word === 'even' } }
    const odd = { target: { ...textFlag('--target <x>', 'x'), accepts: (word: string) => word !== 'even' } }
    const given = (...words: string[]) => [even, odd].map((one) => settingsOf(one, () => words))
    expect(given('even')).toEqual([{ target: 'even' }, {}])
    expect(given('one')).toEqual([{}, { target: 'one' }])
    expect(given('one', 'even')).toEqual([{ target: 'even' }, { target: 'one' }])
  })

  it('--push uploads packages to GitLab, and images to a registry, by its value', () => {
    const settings = (...words: string[]) =>
      [APT_REPO, OCI].map(({ flags }) => settingsOf(flags, (name) => (name === 'push' ? words : undefined)))
    expect(settings('gitlab')).toEqual([{ push: 'gitlab' }, {}])
    expect(settings('ghcr.io/owner/tool')).toEqual([{}, { push: 'ghcr.io/owner/tool' }])
    expect(settings('gitlab', 'ghcr.io/owner/tool')).toEqual([
      { push: 'gitlab' },
      { push: 'ghcr.io/owner/tool' },
    ])
    expect(() => settings('ghcr.io/owner/tool', 'ghcr.io/owner/other')).toThrow('several repositories')
  })

  it('a value of --push for a format that is not built is refused', () => {
    const refuse = (word: string, ...formats: FormatName[]) =>
      refuseOtherFlags(FORMAT_DESCRIPTIONS, formats, (name) => (name === 'push' ? [word] : undefined))
    expect(() => refuse('gitlab', 'oci')).toThrow(
      'The value of --push belongs to the format apt-repo, which is not among those to build.',
    )
    expect(() => refuse('ghcr.io/owner/tool', 'apt-repo', 'deb')).toThrow(
      'The value of --push belongs to the format oci, which is not among those to build.',
    )
    refuse('gitlab', 'apt-repo')
    refuse('ghcr.io/owner/tool', 'oci', 'deb')
  })
})
