import {
  findGuest,
  guestNames,
  guestsFolder,
  type InstalledGuest,
  listGuests,
  pullDebian,
  removeGuest,
} from '@worldswitch/linux-guest/node'
import { ExitStatus } from '../exit-status.ts'
import { knownName } from '../names.ts'

/** Where guests are kept, for all subcommands. */
interface FolderOption {
  readonly folder?: string
}

/** Options of `guests pull`. */
export interface PullGuestOptions extends FolderOption {
  readonly mirror?: string
  readonly keyring?: string
  readonly release?: string
}

const about: Readonly<Record<(typeof guestNames)[number], string>> = {
  debian: "Debian's kernel and OpenSBI, with busybox and the workloads of this package",
}

const known = (name: string): string => knownName(name, guestNames, 'guest')
const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`

const packages = ({ packages: all }: InstalledGuest): string =>
  all.map(({ name, version }) => `${name} ${version}`).join(', ')

/** `worldswitch guests pull`: puts a guest into the cache. */
export async function pull(name: string, options: PullGuestOptions): Promise<void> {
  known(name)
  const stop = new AbortController()
  const signals = { SIGINT: ExitStatus.interrupted, SIGTERM: ExitStatus.terminated } as const
  let stopped: number | undefined
  const listeners = Object.entries(signals).map(([signal, status]) => {
    const listener = (): void => {
      stopped = status
      stop.abort()
    }
    process.once(signal, listener)
    return [signal, listener] as const
  })
  try {
    const log = (line: string): void => void process.stderr.write(`${line}\n`)
    const { guest, changed } = await pullDebian({ ...options, signal: stop.signal, log })
    process.stdout.write(`${guest.name} ${changed ? 'was pulled' : 'is up to date'}: ${packages(guest)}\n`)
    for (const kind of Object.keys(guest.paths) as (keyof typeof guest.paths)[]) {
      process.stdout.write(`  ${guest.paths[kind]}  ${mebibytes(guest.files[kind].bytes)}\n`)
    }
  } catch (error) {
    if (stopped === undefined) throw error
    process.exitCode = stopped
  } finally {
    for (const [signal, listener] of listeners) process.removeListener(signal, listener)
  }
}

/** `worldswitch guests list`: which guests there are, and which were pulled. */
export async function list({ folder = guestsFolder() }: FolderOption): Promise<void> {
  const installed = new Map((await listGuests({ folder })).map((guest) => [guest.name, guest]))
  for (const name of guestNames) {
    const guest = installed.get(name)
    process.stdout.write(`${name}  ${about[name]}\n`)
    process.stdout.write(guest ? `  in ${folder}: ${packages(guest)}\n` : `  not pulled\n`)
  }
}

/** `worldswitch guests path`: the files of a guest, a line for each: what it is, a tab, where it is. */
export async function path(name: string, options: FolderOption): Promise<void> {
  const guest = await findGuest(known(name), options)
  for (const [kind, file] of Object.entries(guest.paths)) process.stdout.write(`${kind}\t${file}\n`)
}

/** `worldswitch guests remove`: takes a guest out of the cache. */
export async function remove(name: string, options: FolderOption): Promise<void> {
  const removed = await removeGuest(known(name), options)
  process.stdout.write(removed ? `${name} was removed\n` : `${name} was not there\n`)
}
