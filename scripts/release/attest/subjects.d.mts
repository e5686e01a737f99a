export function subjectsOf(sums: string): { name: string; digest: { sha256: string } }[]
export function imageDigestOf(index: string): string
