import { setImmediate as breathe, setTimeout as sleep } from 'node:timers/promises'
import { strategies } from '@worldswitch/bench'
import type { EngineName } from '@worldswitch/cpu'
import { memoryBlocks } from '@worldswitch/devices'
import { costProfile, costProfiles, Host, runVms, Vm } from '@worldswitch/hypervisor'
import { type BenchGuest, ownKernel, pulled } from '../bench-guests.ts'
import { rawTerminal } from '../boot/terminal.ts'
import { ExitStatus } from '../exit-status.ts'
import { knownName, selectNames } from '../names.ts'
import { onStopSignals } from '../stop-signals.ts'
import { Sampler, type Watched } from '../top/sample.ts'
import { jsonView, linesView, terminalView, type View } from '../top/views.ts'
import { watch } from '../top/watch.ts'

/** Options of `top`. */
export interface TopOptions {
  readonly strategies: string
  readonly guest?: string
  readonly vms: number
  readonly vcpus: number
  readonly workloads: string
  readonly scale: number
  /** Bytes of each VM; undefined for what suits the guest. */
  readonly memory?: number
  readonly profile: string
  readonly engine: EngineName
  /** Milliseconds of the host's virtual clock. */
  readonly interval: number
  readonly samples?: number
  readonly json?: boolean
}

/** What the host has besides guests' RAM, for page tables and the like. */
const MONITOR_MEMORY = 32 * 2 ** 20
/** The most that the host has: guests take their RAM as they touch it. */
const MOST_MEMORY = 2 * 2 ** 30
const CONTROL_C = 3

/** `worldswitch top`: virtual machines at work, and what they make the hypervisor do. */
export async function top(options: TopOptions): Promise<void> {
  const guest = options.guest === undefined ? ownKernel : await pulled(options.guest)
  const { host, vms, watched } = await machines(options, guest)
  const { hertz } = host.profile
  // A terminal that does not know its size has no place for a table.
  const onTerminal = options.json !== true && process.stdout.isTTY === true && process.stdout.rows > 0
  const stop = new AbortController()
  const signals = onStopSignals(() => stop.abort())
  const view = viewOf(options, onTerminal)
  const unlisten = onTerminal ? onQuitKeys(() => stop.abort()) : () => {}
  const began = performance.now()
  try {
    const end = await watch({
      run: (cycles) => runVms(host, vms, { cycles }),
      cycles: () => host.cycles,
      sampler: new Sampler(watched, hertz, host.cycles),
      interval: (options.interval / 1000) * hertz,
      samples: options.samples ?? Number.POSITIVE_INFINITY,
      show: (sample) => view.show(sample),
      breathe,
      // For people, a second is never shorter than a second. For scripts there is no reason to wait.
      pace: async (passed) => {
        const early = (passed / hertz) * 1000 - (performance.now() - began)
        if (onTerminal && early > 0) await sleep(early, undefined, { signal: stop.signal }).catch(() => {})
      },
      signal: stop.signal,
    })
    if (end === 'idle') process.exitCode = ExitStatus.guestStarved
    if (end === 'stopped') process.exitCode = signals.status()
  } finally {
    unlisten()
    view.stop()
    signals.unlisten()
  }
}

const viewOf = ({ json }: TopOptions, onTerminal: boolean): View =>
  json ? jsonView(process.stdout) : onTerminal ? terminalView(process.stdout) : linesView(process.stdout)

/** Virtual machines by turns under the strategies asked for, on one host, and what is looked at in them. */
async function machines(options: TopOptions, guest: BenchGuest) {
  const names = selectNames(
    options.strategies,
    strategies.all.map(({ name }) => name),
    'strategy',
  )
  knownName(
    options.profile,
    costProfiles.map(({ name }) => name),
    'cost profile',
  )
  const bench = selectNames(
    options.workloads,
    guest.workloads.map(({ name }) => name),
    'workload',
  )
  const chosen = names.map((name) => strategies.get(name))
  const image = await guest.image()
  const memory = options.memory ?? guest.memory
  const host = new Host({
    memory: Math.min(MOST_MEMORY, options.vms * memory + MONITOR_MEMORY),
    profile: costProfile(options.profile),
    engine: options.engine,
    hypervisor: chosen.some(({ needsHypervisor }) => needsHypervisor),
  })
  const vms = Array.from(
    { length: options.vms },
    (_, number) =>
      new Vm(host, {
        strategy: chosen[number % chosen.length]!,
        memory,
        vcpus: options.vcpus,
        kernel: image.kernel,
        ...(image.initrd && { initrd: image.initrd }),
        bootargs: image.bootargs({ bench, scale: options.scale }),
        disks: [memoryBlocks(image.disk.slice())],
        seed: number,
      }),
  )
  const watched = vms.map(
    (vm, number): Watched => ({
      name: `vm${number + 1}`,
      strategy: vm.strategy.name,
      state: () => vm.ended?.reason ?? vm.state,
      totals: () => vm.ledger.totals(),
    }),
  )
  return { host, vms, watched }
}

/** Listens for q and Ctrl-C; @returns what ends that and puts the terminal back. */
function onQuitKeys(quit: () => void): () => void {
  if (!process.stdin.isTTY) return () => {}
  const listener = (bytes: Buffer): void => {
    if (bytes.includes(CONTROL_C) || bytes.includes('q')) quit()
  }
  const restore = rawTerminal()
  process.stdin.on('data', listener)
  return () => {
    process.stdin.off('data', listener)
    process.stdin.pause()
    restore()
  }
}
