import { z } from 'zod'

/**
 * Helpers for the definitions of the JSON documents. Tests and scripts load them. The program imports only
 * types from this folder, so that no command loads zod.
 */

/** The definitions of the fields of `T`; a definition is optional if its field is. */
export type FieldsOf<T> = {
  [Key in keyof T]-?: Record<never, never> extends Pick<T, Key>
    ? z.ZodExactOptional<z.ZodType<Exclude<T[Key], undefined>>>
    : z.ZodType<T[Key]>
}

/**
 * Defines an object with the fields of a type of the program. The compiler reports an error if a field of the
 * type has no definition, or a definition has no field.
 */
export function objectOf<T>() {
  return <Fields extends FieldsOf<T>>(
    fields: Fields & { [Key in Exclude<keyof Fields, keyof T>]: never },
  ): z.ZodObject<Fields, z.core.$strict> => z.strictObject<Fields>(fields)
}

/** Defines a number of objects, bytes or milliseconds. */
export const count = () => z.int().nonnegative()

/** Defines a point in time, in UTC. */
export const time = () => z.iso.datetime()

/** The field `warnings` of commands that collect warnings. */
export interface Warnings {
  warnings?: readonly string[]
}

export const warnings = {
  warnings: z
    .array(z.string())
    .exactOptional()
    .describe('Facts that the operator should know although nothing failed, in one or two sentences each.'),
}
