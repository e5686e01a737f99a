import type { RunningCluster } from '../../test/support/postgres.ts'

/** The surroundings in which the cases measure. */
export interface World {
  /** The home directory of a user for whom `setup` has run and whose compile cache is warm. */
  home: string
  /** A PostgreSQL server of this run alone. */
  cluster: RunningCluster
}

/** One line of the table. */
export interface Result {
  label: string
  measured: string
  /** What it is compared with; `-` if it is not compared. */
  reference: string
  /** The number that is compared with the aim. */
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
