import { setImmediate as breathe } from 'node:timers/promises'
import { ExitStatus } from '../exit-status.ts'
import { ConsoleInput } from './console-input.ts'
import type { ConsoleOutput } from './console-output.ts'
import { EscapeKeys } from './escape-keys.ts'
import type { Guest, GuestEnd } from './guest.ts'
import { prompt } from './prompt.ts'
import { rawTerminal } from './terminal.ts'

const HELP = `
Ctrl-A x       quit: the guest is switched off at once
Ctrl-A h       this help
Ctrl-A Ctrl-A  one Ctrl-A for the guest
`

/** How to converse. */
export interface ConversationOptions {
  /** Starts the guest again when it asks for a reset. */
  readonly reboot: boolean
  /** Keeps standard input back until the guest has printed this. */
  readonly inputAfter?: string | undefined
}

/**
 * Runs the guest with its console on the standard streams.
 *
 * @returns the exit status.
 */
export async function converse(
  guest: Guest,
  output: ConsoleOutput,
  { reboot, inputAfter }: ConversationOptions,
): Promise<number> {
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
  if (inputAfter !== undefined) {
    input.hold()
    output.watch(prompt(inputAfter, () => void input.release()))
  }
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
    const ended = await runToEnd(guest, input, output, reboot, stop.signal)
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
  reboot: boolean,
  signal: AbortSignal,
): Promise<GuestEnd | 'stopped' | 'starved'> {
  while (!signal.aborted) {
    input.offer()
    const progress = await guest.run(signal)
    await output.drained()
    if (progress === 'running') continue
    if (progress === 'input') {
      // Nothing but input can make it go on, so what was waited for does not come any more.
      if (input.release()) continue
      if (input.exhausted) return 'starved'
      await input.more()
    } else if (progress.reason === 'reset' && reboot) {
      // A guest that does nothing but reboot must not keep signals and keys from being seen.
      await breathe()
      guest.reset()
    } else return progress
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
