import { strategies } from '@worldswitch/bench'
import { workloads } from '@worldswitch/guest-kernel'
import { costProfiles } from '@worldswitch/hypervisor'
import type { Command } from 'commander'

/** What can be listed, and how. */
const lists: Readonly<Record<string, () => readonly (readonly [name: string, about: string])[]>> = {
  workloads: () => workloads.map(({ name, title }) => [name, title]),
  strategies: () => strategies.map(({ name, title }) => [name, title]),
  profiles: () => costProfiles.map(({ name, title }) => [name, title]),
}

/** Names of the lists. */
export const listNames = Object.keys(lists)

/** `worldswitch list`: the names that other commands take. */
export function addList(program: Command): void {
  program
    .command('list')
    .summary('list workloads, strategies and cost profiles')
    .description('Lists the names that `run` and `boot` take.')
    .action(() => {
      for (const name of listNames) {
        const rows = lists[name]()
        const width = Math.max(...rows.map(([row]) => row.length))
        process.stdout.write(`${name}\n`)
        for (const [row, about] of rows) process.stdout.write(`  ${row.padEnd(width)}  ${about}\n`)
      }
    })
}
