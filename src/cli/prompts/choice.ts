/** A choice of a list; the description is shown while the choice is marked. */
export interface Choice<T> {
  value: T
  name: string
  description?: string
  /** Another form of the name, which a filter matches too. */
  otherName?: string
}
