import { Option } from 'commander'

/** The stored role of a stored database that a command acts as. */
export function roleOption(): Option {
  const purpose =
    'stored role to act as, where several are stored (default: the owner of schema msar, otherwise the first)'
  return new Option('--role <name>', purpose)
}
