import type { RunningCluster } from '../../test/support/postgres.ts'

/** What the cases work with. */
export interface World {
  /** The home directory of a user for whom `setup` has run and whose compile cache is warm. */
  home: string
  /** A PostgreSQL server of the run's own. */
  cluster: RunningCluster
}

/** One line of the table. */
export interface Result {
  label: string
  measured: string
  /** What it is measured against; `-` if it stands by itself. */
  reference: string
  /** The number that is held against the aim. */
  outcome: string
  /** `-` if there is none. */
  aim: string
  /** `null` if there is no aim, or the reference can't be measured here. */
  hasMetTarget: boolean | null
}

/** A group of measurements: one file in cases/, one line in index.ts. */
export interface Case {
  name: string
  title: string
  run(world: World): Promise<Result[]>
}
