export function subjectsOf(sums: string): { name: string; digest: { sha256: string } }[]
