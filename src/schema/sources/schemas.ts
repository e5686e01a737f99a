/**
 * The schemas that a Mathesar of any release may have in a user database, in the order in which they tell who
 * installed them. A source of SQL creates some or all of them, and no other schema: this program looks
 * nowhere else.
 */
export const MATHESAR_SCHEMAS = ['msar', '__msar', 'mathesar_types'] as const
export type MathesarSchema = (typeof MATHESAR_SCHEMAS)[number]

/** The schema of the types that columns may have; a removal that keeps the types leaves it. */
export const TYPES_SCHEMA = 'mathesar_types' satisfies MathesarSchema

/**
 * Schemas that releases before 0.2.0 create beside those of Mathesar, for imports and views. The SQL of later
 * releases drops them if they are empty, and fails if they are not.
 */
export const LEGACY_SCHEMAS = ['mathesar_inference_schema', 'msar_views'] as const
