/** What opens a registry, and where it came from, as errors name it. */
export type Credentials = { readonly source: string } & (
  | { readonly kind: 'password'; readonly user: string; readonly password: string }
  /** An OAuth 2 refresh token: the token server exchanges it, and the registry never sees it. */
  | { readonly kind: 'identity'; readonly token: string }
  /** A token that the registry itself accepts. */
  | { readonly kind: 'bearer'; readonly token: string }
)

/**
 * Returns every text that no message may repeat: the secrets themselves, and those in the header that
 * contains them.
 */
export function secretsOf(credentials: Credentials | null): string[] {
  if (credentials === null) return []
  if (credentials.kind !== 'password') return [credentials.token]
  return [basicToken(credentials), credentials.password]
}

/** Returns the credentials of a Basic authorization (RFC 7617), without the word Basic. */
export function basicToken({ user, password }: { user: string; password: string }): string {
  return Buffer.from(`${user}:${password}`, 'utf8').toString('base64')
}
