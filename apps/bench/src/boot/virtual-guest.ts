import { setImmediate as breathe } from 'node:timers/promises'
import { hostEntropy, type NetworkBackend } from '@worldswitch/devices'
import { Host, runVms, type Strategy, Vm } from '@worldswitch/hypervisor'
import type { Guest, GuestParts } from './guest.ts'
import { Sleep } from './sleep.ts'

/** What the host has besides the guest's RAM, for page tables and the like. */
const MONITOR_MEMORY = 32 * 2 ** 20
/** Virtual cycles of a run on the virtual clock. */
const VIRTUAL_CYCLES = 2_000_000
/** Milliseconds of guest time between two looks at the host's clock. */
const WALL_SLICE = 0.5
/** Longest sleep for a network, in milliseconds: what it waits for may be given up without a word. */
const NETWORK_LOOK = 1000

/** The guest in a virtual machine. */
export function virtualGuest(strategy: Strategy, parts: GuestParts): Guest {
  const { memory, engine, clock, profile, satpModes, harts } = parts
  const host = new Host({
    memory: memory + MONITOR_MEMORY,
    engine,
    profile,
    satpModes,
    hypervisor: strategy.needsHypervisor ?? false,
  })
  const sleep = new Sleep()
  const vm = new Vm(host, {
    strategy,
    memory,
    vcpus: harts,
    kernel: parts.kernel,
    bootargs: parts.bootargs,
    disks: parts.disks,
    networks: parts.network ? [{ backend: waking(parts.network, sleep) }] : [],
    rng: parts.rng && (clock === 'wall' ? hostEntropy() : true),
    output: parts.output,
    ...(parts.initrd && { initrd: parts.initrd }),
    ...(clock === 'wall' && { now: () => BigInt(Date.now()) * 1_000_000n }),
  })
  const run = clock === 'wall' ? onWallClock(host, vm, sleep) : onVirtualClock(host, vm, sleep)
  return {
    input(bytes) {
      const taken = vm.input(bytes)
      sleep.end()
      return taken
    },
    run,
    reset: () => vm.reset(),
  }
}

/** A network whose frames end a sleep of the guest. */
const waking = (network: NetworkBackend, sleep: Sleep): NetworkBackend => ({
  connect: (card) =>
    network.connect({
      receive(frame) {
        const taken = card.receive(frame)
        sleep.end()
        return taken
      },
      setLink: (up) => card.setLink(up),
    }),
  send: (frame) => network.send(frame),
  drained: () => network.drained?.(),
  get awaiting() {
    return network.awaiting ?? false
  },
  reset: () => network.reset?.(),
})

/** While the network may bring an answer, virtual time passes no faster than real time. */
const onVirtualClock =
  (host: Host, vm: Vm, sleep: Sleep): Guest['run'] =>
  async (signal) => {
    await breathe()
    const end = runVms(host, [vm], { cycles: VIRTUAL_CYCLES })
    if (vm.ended) return vm.ended
    if (end !== 'idle') return 'running'
    if (!vm.awaitingNetwork) return 'input'
    const cycles = Math.min(vm.wakeAt - host.cycles, VIRTUAL_CYCLES)
    await sleep.for(Math.ceil((cycles / host.profile.hertz) * 1000), signal)
    return 'running'
  }

/**
 * The host counts virtual cycles, and a VM lives by that count. Here it is kept level with real time: put forward
 * where the VM lags behind or waits, and waited for where the VM is ahead.
 */
function onWallClock(host: Host, vm: Vm, sleep: Sleep): Guest['run'] {
  const cyclesPerMillisecond = host.profile.hertz / 1000
  const start = performance.now() - host.cycles / cyclesPerMillisecond
  const now = (): number => Math.floor((performance.now() - start) * cyclesPerMillisecond)
  return async (signal) => {
    await breathe()
    host.cycles = Math.max(host.cycles, now())
    const progress = vm.run(host.cycles + WALL_SLICE * cyclesPerMillisecond)
    if (vm.ended) return vm.ended
    if (progress === 'waiting' && vm.wakeAt === Number.POSITIVE_INFINITY) {
      if (!vm.awaitingNetwork) return 'input'
      await sleep.for(NETWORK_LOOK, signal)
      return 'running'
    }
    const ahead = (progress === 'waiting' ? vm.wakeAt : host.cycles) - now()
    if (ahead > 0) await sleep.for(ahead / cyclesPerMillisecond, signal)
    return 'running'
  }
}
