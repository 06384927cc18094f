import { subjects } from '@worldswitch/bench'
import { workloads } from '@worldswitch/guest-kernel'
import { costProfiles } from '@worldswitch/hypervisor'
import { workloads as linuxWorkloads } from '@worldswitch/linux-guest'
import { knownName } from '../names.ts'
import { peers } from '../peers/registry.ts'
import { comparable } from '../peers/selection.ts'

const row = ({ name, title }: { name: string; title: string }): readonly [name: string, about: string] => [
  name,
  title,
]

/** What can be listed: names with what they stand for. */
export const names = {
  workloads: () => workloads.map(row),
  debian: () => linuxWorkloads.map(row),
  strategies: () => subjects.map(row),
  profiles: () => costProfiles.map(row),
  peers: () => peers.map(row),
  comparable: () => comparable,
} as const satisfies Record<string, () => readonly (readonly [name: string, about: string])[]>

/**
 * `worldswitch list`: the names that other commands take.
 *
 * @param only - the one list to print; all of them without it.
 */
export function list(only: string | undefined): void {
  const kinds = Object.keys(names) as (keyof typeof names)[]
  if (only !== undefined) knownName(only, kinds, 'list')
  for (const kind of kinds) {
    if (only !== undefined && kind !== only) continue
    const rows = names[kind]()
    const width = Math.max(...rows.map(([name]) => name.length))
    if (only === undefined) process.stdout.write(`${kind}\n`)
    for (const [name, about] of rows) process.stdout.write(`  ${name.padEnd(width)}  ${about}\n`)
  }
}
