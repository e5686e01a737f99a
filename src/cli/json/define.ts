import { z } from 'zod'

/**
 * Helpers for the definitions of the JSON documents. Tests and scripts load them; the program takes types alone from
 * this folder, so that no command has to load zod.
 */

/** One definition for each field of `T`, optional where the field is. */
export type FieldsOf<T> = {
  [Key in keyof T]-?: Record<never, never> extends Pick<T, Key>
    ? z.ZodExactOptional<z.ZodType<Exclude<T[Key], undefined>>>
    : z.ZodType<T[Key]>
}

/**
 * Defines an object with the fields of a type of the program. The compiler refuses it where a field of the type has no
 * definition here, or a definition belongs to no field.
 */
export function objectOf<T>() {
  return <Fields extends FieldsOf<T>>(
    fields: Fields & { [Key in Exclude<keyof Fields, keyof T>]: never },
  ): z.ZodObject<Fields, z.core.$strict> => z.strictObject<Fields>(fields)
}

/** A number of things. */
export const count = () => z.int().nonnegative()

/** A point in time, in UTC. */
export const time = () => z.iso.datetime()

/** The member `warnings` of commands that collect them. */
export interface Warnings {
  warnings?: readonly string[]
}

export const warnings = {
  warnings: z
    .array(z.string())
    .exactOptional()
    .describe('What the operator should know although nothing failed, one sentence or two each.'),
}
