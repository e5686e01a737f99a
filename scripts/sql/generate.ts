import { TOPICS } from './cast-matrix.ts'
import { HSTORE } from './hstore.ts'
import { render } from './render.ts'
import { topLevelDomainsSql } from './top-level-domains.ts'

/** Returns the texts of the generated files of src/schema/sql, by name. */
export function generate(): ReadonlyMap<string, string> {
  return new Map([
    ['14_top_level_domains.sql', topLevelDomainsSql()],
    ...TOPICS.map((topic) => [topic.file, render(topic)] as const),
    ['36_casts_of_hstore.sql', HSTORE],
  ])
}
