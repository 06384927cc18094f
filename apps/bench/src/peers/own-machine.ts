import manifest from '../../package.json' with { type: 'json' }
import type { Peer } from './peer.ts'

/**
 * Our machine, as a process of its own like the others: the command `boot`, by the host's clock.
 *
 * @param engine - what executes instructions, as `--engine` takes it.
 */
export const ownMachine = (engine: string): Peer => ({
  name: 'worldswitch',
  title: 'this machine',
  version: async () =>
    [`worldswitch ${manifest.version}, engine ${engine}, Node ${process.version}`, ...process.execArgv].join(
      ' ',
    ),
  command: ({ kernel, initrd, firmware, bootargs, memory }) => ({
    file: process.execPath,
    args: [
      ...process.execArgv,
      ...[process.argv[1], 'boot', '--engine', engine, '--clock', 'wall', '--no-reboot'],
      ...['--memory', `${memory / 2 ** 20}M`, '--kernel', kernel, '--append', bootargs],
      ...(initrd === undefined ? [] : ['--initrd', initrd]),
      ...(firmware === undefined ? [] : ['--bios', firmware]),
    ],
  }),
})
