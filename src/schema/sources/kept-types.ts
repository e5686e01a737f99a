/** The types that an install keeps where they exist, whoever made them: columns may be of these types. */
export const KEPT_TYPES = [
  'email',
  'mathesar_json_array',
  'mathesar_json_object',
  'mathesar_money',
  'multicurrency_money',
  'uri',
] as const
