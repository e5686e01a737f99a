import { describe, expect, it } from 'vitest'
import { editDistance, isSimilar, nearestFirst } from '../src/nearest.ts'

describe('the distance of two words', () => {
  it.each([
    ['library', 'library', 0],
    ['library', 'LIBRARY', 0],
    ['librayr', 'library', 1],
    ['libary', 'library', 1],
    ['libraary', 'library', 1],
    ['libzary', 'library', 1],
    ['', 'abc', 3],
    ['kitten', 'sitting', 3],
    ['bücher', 'bucher', 1],
  ])('of %j and %j is %i', (one, other, distance) => {
    expect(editDistance(one, other)).toBe(distance)
    expect(editDistance(other, one)).toBe(distance)
  })
})

describe('similar words', () => {
  it.each([
    ['librayr', 'library'],
    ['lib', 'library'],
    ['Library', 'library'],
    ['library_old', 'library'],
  ])('are %j and %j', (one, other) => {
    expect(isSimilar(one, other)).toBe(true)
    expect(isSimilar(other, one)).toBe(true)
  })

  it.each([
    ['library', 'postgres'],
    ['a', 'b'],
    ['shop', 'crm'],
  ])('are not %j and %j', (one, other) => {
    expect(isSimilar(one, other)).toBe(false)
  })

  it('similar words come in the order of their nearness, and a word that contains the other early', () => {
    expect(nearestFirst('librayr', ['postgres', 'museum', 'library', 'librarian'])).toEqual([
      'library',
      'librarian',
      'museum',
      'postgres',
    ])
    expect(nearestFirst('lib', ['bib', 'library'])).toEqual(['library', 'bib'])
  })
})
