import { csrNumber } from '@worldswitch/isa'
import { createMachine } from '@worldswitch/machine'
import { guestExtensions } from '../guest-extensions.ts'
import { Host } from '../host.ts'
import type { Strategy } from '../strategy.ts'
import type { VcpuSnapshot } from '../vcpu-state.ts'
import { Vm } from '../vm.ts'
import { type GuestProgram, PROGRAM_ENTRY } from './guest-program.ts'

/** Runs a program one instruction at a time and lets it be looked at. */
export interface Stepper {
  /** `bare`, or the name of a strategy. */
  readonly name: string
  /** Instructions retired so far. */
  readonly retired: number
  /**
   * Goes on until one more instruction has retired. Traps and interrupts on the way are taken.
   *
   * @param patience - steps without an instruction retired after which the program counts as stuck.
   * @returns `false` when the program has ended, waits, or is stuck in traps.
   */
  step(patience?: number): boolean
  /** The architectural state between two instructions. */
  snapshot(): VcpuSnapshot
  /** Copies guest-physical memory out; `false` when the range is not all RAM. */
  read(address: number, target: Uint8Array): boolean
  /** What went to the console. */
  readonly output: string
}

const PATIENCE = 1000
const FCSR = 0x003
const CSRS = [
  'sstatus',
  'sie',
  'sip',
  'stvec',
  'scounteren',
  'senvcfg',
  'sscratch',
  'sepc',
  'scause',
  'stval',
  'satp',
] as const

const csrNumbers = CSRS.map((name) => csrNumber(name)!)

/** A program on the bare machine: the reference. */
export function bareStepper(
  { bytes, ram }: GuestProgram,
  engine: 'interpreter' | 'reference' = 'interpreter',
): Stepper {
  let output = ''
  const machine = createMachine({
    kernel: { format: 'raw', bytes, address: PROGRAM_ENTRY },
    ram,
    hart: { engine, extensions: guestExtensions(false) },
    console: {
      output: (out) => {
        for (const byte of out) output += String.fromCharCode(byte)
      },
    },
  })
  const [hart] = machine.harts
  return {
    name: 'bare',
    get retired() {
      return hart.retired
    },
    step(patience = PATIENCE) {
      const before = hart.retired
      for (let tries = 0; tries < patience; tries++) {
        if (machine.runSlice(1).reason !== 'budget') return hart.retired > before
        if (hart.retired > before) return true
      }
      return false
    },
    snapshot() {
      const x = new BigUint64Array(32)
      const f = new BigUint64Array(32)
      hart.saveRegisters(x)
      hart.saveFloatRegisters(f)
      const csrs = {} as Record<(typeof CSRS)[number], bigint>
      for (const [i, name] of CSRS.entries()) csrs[name] = hart.readCsr(csrNumbers[i])
      return {
        x,
        f,
        fcsr: hart.hasCsr(FCSR) ? Number(hart.readCsr(FCSR)) : 0,
        pc: hart.pc,
        privilege: hart.privilege === 'U' ? 'U' : 'S',
        ...csrs,
        stimecmp: 0n,
      }
    },
    read: (address, target) => machine.memory.readRam(address, target),
    get output() {
      return output
    },
  }
}

/** A program in a VM under a strategy. */
export function strategyStepper({ bytes, ram }: GuestProgram, strategy: Strategy): Stepper {
  let output = ''
  const host = new Host({
    memory: ram + 16 * 2 ** 20,
    hypervisor: strategy.needsHypervisor ?? false,
  })
  const vm = new Vm(host, {
    strategy,
    kernel: { format: 'raw', bytes, address: PROGRAM_ENTRY },
    memory: ram,
    output: (byte) => {
      output += String.fromCharCode(byte)
    },
  })
  const [vcpu] = vm.vcpus
  const retired = (): number => vm.ledger.directInstructions + vm.ledger.emulatedInstructions
  return {
    name: strategy.name,
    get retired() {
      return retired()
    },
    step(patience = PATIENCE) {
      const before = retired()
      for (let tries = 0; tries < patience; tries++) {
        if (vcpu.waiting && vcpu.state.interruptible) vcpu.waiting = false
        if (vm.ended || vcpu.waiting || !vcpu.online) return false
        vm.enter(vcpu, 1)
        if (retired() > before) return true
      }
      return false
    },
    snapshot: () => vcpu.state.snapshot(),
    read: (address, target) => vm.memory.read(address, target),
    get output() {
      return output
    },
  }
}
