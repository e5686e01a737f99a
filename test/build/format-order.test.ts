import { describe, expect, it } from 'vitest'
import { orderFormats } from '../../src/build/format-order.ts'

const format = (name: string, ...after: string[]) => ({ name, after })
const names = (formats: readonly { name: string }[]) => formats.map(({ name }) => name)

describe('the order of formats', () => {
  it('puts each format after those whose artifacts it packs, whatever order they were named in', () => {
    const image = format('image', 'deb')
    const chart = format('chart', 'image')
    const deb = format('deb')
    expect(names(orderFormats([chart, image, deb]))).toEqual(['deb', 'image', 'chart'])
    expect(names(orderFormats([image, chart, deb]))).toEqual(['deb', 'image', 'chart'])
  })

  it('keeps the order of the rest', () => {
    const formats = [format('npm'), format('apt-repo', 'deb'), format('binary'), format('deb')]
    expect(names(orderFormats(formats))).toEqual(['npm', 'deb', 'apt-repo', 'binary'])
  })

  it('ignores formats that the run does not build', () => {
    expect(names(orderFormats([format('apt-repo', 'deb'), format('npm')]))).toEqual(['apt-repo', 'npm'])
  })

  it('refuses formats that wait for each other', () => {
    const formats = [format('one', 'other'), format('other', 'one')]
    expect(() => orderFormats(formats)).toThrow('The formats one, other, one wait for each other')
  })
})
