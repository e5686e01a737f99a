/** The codes of errors about the secret key: it is missing, or does not fit. */
export const KEY_CODES = ['SECRET_KEY_MISSING', 'SECRET_KEY_MISMATCH'] as const

export type KeyCode = (typeof KEY_CODES)[number]

/** Returns whether a code is that of an error about the secret key. */
export function isKeyCode(code: string | undefined): code is KeyCode {
  return (KEY_CODES as readonly (string | undefined)[]).includes(code)
}
