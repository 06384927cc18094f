import tab from '@bomb.sh/tab/commander'
import type { Command } from 'commander'
import { names } from './commands/list.ts'

/** Options whose values are names, by command. */
const NAMED: Readonly<Record<string, Readonly<Record<string, keyof typeof names>>>> = {
  run: { workloads: 'workloads', strategies: 'strategies', profile: 'profiles' },
  top: { workloads: 'workloads', strategies: 'strategies', profile: 'profiles' },
  boot: { strategy: 'strategies', profile: 'profiles' },
  peers: { only: 'comparable', peer: 'peers' },
}

/** Replaces the `complete` command by the one that completes. */
export function addCompletion(program: Command): void {
  const commands = program.commands as Command[]
  commands.splice(
    commands.findIndex((command) => command.name() === 'complete'),
    1,
  )
  const completion = tab(program)
  for (const [command, options] of Object.entries(NAMED)) {
    for (const [option, list] of Object.entries(options)) {
      const found = completion.commands.get(command)?.options.get(option)
      if (found) {
        found.handler = (complete) => {
          for (const [name, about] of names[list]()) complete(name, about)
        }
      }
    }
  }
}
