/** Addresses of catalog objects, `classid/objid/objsubid`. The OIDs of PostgreSQL's catalogs never change (pg_class.dat). */
export const CATALOG = {
  type: '1247',
  class: '1259',
  routine: '1255',
  default: '2604',
  constraint: '2606',
  rewrite: '2618',
  trigger: '2620',
  policy: '3256',
  statistics: '3381',
  publicationTable: '6106',
  operatorClass: '2616',
  operatorOfClass: '2602',
  functionOfClass: '2603',
  publicationSchema: '6237',
  defaultPrivileges: '826',
} as const

export interface Address {
  catalog: string
  oid: string
  sub: number
}

/** Called for every dependency several times: split() would take most of the time that it takes to decide anything. */
export function parseAddress(address: string): Address {
  const first = address.indexOf('/')
  const second = address.indexOf('/', first + 1)
  return {
    catalog: address.slice(0, first),
    oid: address.slice(first + 1, second),
    sub: Number(address.slice(second + 1)),
  }
}

export function addressOf(catalog: string, oid: string, sub = 0): string {
  return `${catalog}/${oid}/${sub}`
}
