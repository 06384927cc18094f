import { strategies, subjects } from '@worldswitch/bench'
import type { EngineName } from '@worldswitch/cpu'
import { disk, kernelElf } from '@worldswitch/guest-kernel'
import { costProfile, costProfiles } from '@worldswitch/hypervisor'
import type { ClockName, ProgramImage } from '@worldswitch/machine'
import { bareGuest } from '../boot/bare-guest.ts'
import { ConsoleInput } from '../boot/console-input.ts'
import { ConsoleOutput } from '../boot/console-output.ts'
import { type Disks, memoryDisk, openDisks } from '../boot/disks.ts'
import { EscapeKeys } from '../boot/escape-keys.ts'
import type { Guest, GuestEnd, GuestParts } from '../boot/guest.ts'
import { rawTerminal } from '../boot/terminal.ts'
import { virtualGuest } from '../boot/virtual-guest.ts'
import { ExitStatus } from '../exit-status.ts'
import { readNamedFile } from '../files.ts'
import { readImage } from '../images.ts'
import { knownName } from '../names.ts'
import { UserError } from '../user-error.ts'

/** Options of `boot`. */
export interface BootOptions {
  readonly strategy: string
  readonly kernel?: string
  readonly raw?: bigint
  readonly initrd?: string
  readonly append?: string
  readonly memory: number
  readonly disk?: readonly string[]
  readonly snapshot?: boolean
  readonly engine: EngineName
  readonly clock: ClockName
  readonly profile: string
}

const HELP = `
Ctrl-A x       quit: the guest is switched off at once
Ctrl-A h       this help
Ctrl-A Ctrl-A  one Ctrl-A for the guest
`

/** `worldswitch boot`: a guest on this terminal, or between pipes. Sets the exit status to how it ended. */
export async function boot(options: BootOptions): Promise<void> {
  const { strategy, profile, snapshot = false } = options
  knownName(
    strategy,
    subjects.map(({ name }) => name),
    'strategy',
  )
  knownName(
    profile,
    costProfiles.map(({ name }) => name),
    'cost profile',
  )
  if (options.raw !== undefined && options.kernel === undefined) {
    throw new UserError('--raw says where the file of --kernel belongs: give both')
  }
  const kernel = await kernelOf(options)
  const initrd = options.initrd === undefined ? undefined : await readNamedFile(options.initrd, 'initrd')
  const disks = await disksOf(options, snapshot)
  try {
    const output = new ConsoleOutput(process.stdout)
    const guest = start(strategy, {
      kernel,
      bootargs: options.append ?? '',
      memory: options.memory,
      disks: disks.backends,
      engine: options.engine,
      clock: options.clock,
      profile: costProfile(profile),
      output: output.push,
      ...(initrd && { initrd }),
    })
    process.exitCode = await converse(guest, output)
  } finally {
    disks.close()
  }
}

const kernelOf = async ({ kernel, raw }: BootOptions): Promise<ProgramImage> =>
  kernel === undefined ? kernelElf() : readImage(kernel, 'kernel', raw)

/** The embedded kernel comes with its disk; a kernel of one's own with none. */
async function disksOf({ kernel, disk: files }: BootOptions, snapshot: boolean): Promise<Disks> {
  if (files === undefined && kernel === undefined) return memoryDisk(await disk())
  return openDisks(files ?? [], snapshot)
}

function start(strategy: string, parts: GuestParts): Guest {
  const virtualized = strategies.all.find(({ name }) => name === strategy)
  return virtualized ? virtualGuest(virtualized, parts) : bareGuest(parts)
}

/**
 * Runs the guest with its console on the standard streams.
 *
 * @returns the exit status.
 */
async function converse(guest: Guest, output: ConsoleOutput): Promise<number> {
  const interactive = process.stdin.isTTY === true
  const stop = new AbortController()
  let stopStatus: number = ExitStatus.interrupted
  const end = (status: number): void => {
    stopStatus = status
    stop.abort()
    input.wake()
  }
  const keys = new EscapeKeys({
    quit() {
      process.stderr.write('\nworldswitch: quit\n')
      end(ExitStatus.interrupted)
    },
    help: () => void process.stderr.write(HELP),
  })
  const input = new ConsoleInput(
    process.stdin,
    (bytes) => (interactive ? keys.filter(bytes) : bytes),
    (bytes) => guest.input(bytes),
  )
  const signals = {
    SIGINT: () => end(ExitStatus.interrupted),
    SIGTERM: () => end(ExitStatus.terminated),
    SIGHUP: () => end(ExitStatus.terminated),
  }
  for (const [name, listener] of Object.entries(signals)) process.on(name, listener)
  if (interactive) process.stderr.write('worldswitch: Ctrl-A x quits, Ctrl-A h helps\n')
  const restore = rawTerminal()
  input.start()
  try {
    const ended = await runToEnd(guest, input, output, stop.signal)
    output.flush()
    if (ended === 'stopped') return stopStatus
    if (ended === 'starved') {
      process.stderr.write('worldswitch: the guest waits for input, and there is no more\n')
      return ExitStatus.guestStarved
    }
    return statusOf(ended)
  } finally {
    input.stop()
    restore()
    for (const [name, listener] of Object.entries(signals)) process.removeListener(name, listener)
  }
}

async function runToEnd(
  guest: Guest,
  input: ConsoleInput,
  output: ConsoleOutput,
  signal: AbortSignal,
): Promise<GuestEnd | 'stopped' | 'starved'> {
  while (!signal.aborted) {
    input.offer()
    const progress = await guest.run(signal)
    await output.drained()
    if (progress === 'running') continue
    if (progress !== 'input') return progress
    if (input.exhausted) return 'starved'
    await input.more()
  }
  return 'stopped'
}

function statusOf({ reason, code }: GuestEnd): number {
  switch (reason) {
    case 'poweroff':
      return code === 0 ? ExitStatus.success : guestFailure(code)
    case 'failed':
      process.stderr.write(`worldswitch: the guest ended with failure ${code}\n`)
      return guestFailure(code)
    case 'reset':
      process.stderr.write('worldswitch: the guest asked for a reset\n')
      return ExitStatus.guestReset
    case 'out-of-memory':
      process.stderr.write('worldswitch: the host had no memory left for the virtual machine\n')
      return ExitStatus.hostMemory
  }
}

const guestFailure = (code: number): number => Math.min(Math.max(code, 1), ExitStatus.guestFailureLimit)
