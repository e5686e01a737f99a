import { append } from './append.ts'
import type { Conversion } from './fates.ts'
import type { GraphRelation } from './graph.ts'
import { definer, runner, type Step } from './steps.ts'

/** As whom to work on a table where PostgreSQL carries the command on to other tables: see `definer` and `runner`. */
export interface FamilyRoles {
  define: Step['role']
  run: Step['role']
}

/**
 * The owner; where some of the other tables belong to somebody else, all owners together. Who is a member of all their roles
 * has the rights of all as long as it acts as none of them.
 */
export function familyRoles(relation: GraphRelation, conversion: Conversion): FamilyRoles {
  const { graph } = conversion
  const relatives = relativesOf(relation, conversion)
  const role = runner(graph, relation)
  if (!graph.superuser) {
    const same = relatives.every(({ owner }) => owner === relation.owner)
    return { define: same ? definer(graph, relation) : null, run: same ? role : null }
  }
  if (role === null || typeof role === 'string') return { define: null, run: role }
  const hidden = relatives.filter(({ ownerUsesSchema }) => !ownerUsesSchema)
  return {
    define: null,
    run: {
      owners: [...new Set(relatives.map(({ owner }) => owner))],
      schemas: [...new Set([...role.schemas, ...hidden.map(({ schema }) => schema)])],
    },
  }
}

const known = new WeakMap<Conversion, (relation: GraphRelation) => GraphRelation[]>()

/** What changes together with a relation: itself first, all that inherit it, and the other tables of their foreign keys. */
function relativesOf(relation: GraphRelation, conversion: Conversion): GraphRelation[] {
  const relatives = known.get(conversion) ?? relativesIn(conversion)
  known.set(conversion, relatives)
  return relatives(relation)
}

function relativesIn({ relations, objects }: Conversion): (relation: GraphRelation) => GraphRelation[] {
  const children = new Map<string, string[]>()
  for (const { oid, parents } of relations.values())
    for (const parent of parents) append(children, parent, oid)
  const partners = new Map<string, string[]>()
  for (const { detail, relation } of objects.values()) {
    if (!detail.startsWith('reference ')) continue
    const other = detail.slice('reference '.length)
    append(partners, relation, other)
    append(partners, other, relation)
  }
  return (relation) => {
    const family = new Set([relation.oid])
    for (const oid of family) for (const child of children.get(oid) ?? []) family.add(child)
    return [...family]
      .flatMap((oid) => [oid, ...(partners.get(oid) ?? [])])
      .flatMap((oid) => relations.get(oid) ?? [])
  }
}
