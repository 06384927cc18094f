import { csrNumber } from '@worldswitch/isa'
import { createMachine } from '@worldswitch/machine'
import { guestExtensions } from '../guest-extensions.ts'
import { Host } from '../host.ts'
import type { Strategy } from '../strategy.ts'
import type { VcpuSnapshot } from '../vcpu-state.ts'
import { Vm } from '../vm.ts'
import { type GuestProgram, PROGRAM_ENTRY } from './guest-program.ts'
import type { InterruptSource } from './interrupt-program.ts'

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
  /** Begins anew, from power-on. Counters that the program can read go on. */
  restart(): void
  /** Makes an interrupt pending from outside, before the next instruction. */
  interrupt(source: InterruptSource): void
  /** The architectural state between two instructions. */
  snapshot(): VcpuSnapshot
  /** Copies guest-physical memory out; `false` when the range is not all RAM. */
  read(address: number, target: Uint8Array): boolean
  /** What went to the console. */
  readonly output: string
}

const PATIENCE = 1000
const SUPERVISOR_SOFTWARE = 1
const BYTE = Uint8Array.of(65)
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

/** What hart a program runs on. */
export interface StepperOptions {
  /** Hardware sets A and D bits. Default: false. */
  readonly svadu?: boolean
}

/** Options of {@link bareStepper}. */
export interface BareOptions extends StepperOptions {
  /** Default: 'interpreter'. */
  readonly engine?: 'interpreter' | 'reference'
}

/** A program on the bare machine: the reference. */
export function bareStepper(
  { bytes, ram }: GuestProgram,
  { engine = 'interpreter', svadu = false }: BareOptions = {},
): Stepper {
  let output = ''
  const machine = createMachine({
    kernel: { format: 'raw', bytes, address: PROGRAM_ENTRY },
    ram,
    hart: { engine, extensions: guestExtensions(svadu) },
    console: {
      output: (out) => {
        for (const byte of out) output += String.fromCharCode(byte)
      },
    },
  })
  const [hart] = machine.harts
  let start = hart.retired
  return {
    name: 'bare',
    get retired() {
      return hart.retired - start
    },
    step(patience = PATIENCE) {
      const before = hart.retired
      for (let tries = 0; tries < patience; tries++) {
        if (machine.runSlice(1).reason !== 'budget') return hart.retired > before
        if (hart.retired > before) return true
      }
      return false
    },
    restart() {
      machine.memory.writeRam(machine.memory.ramBase, new Uint8Array(ram))
      machine.reset()
      output = ''
      start = hart.retired
    },
    interrupt(source) {
      if (source === 'software') hart.setInterruptLine(SUPERVISOR_SOFTWARE, true)
      else if (source === 'timer') machine.board.devices.clint.mtimer.setCompare(0, 0n)
      else machine.console.input(BYTE)
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
export function strategyStepper(
  { bytes, ram }: GuestProgram,
  strategy: Strategy,
  { svadu = false }: StepperOptions = {},
): Stepper {
  let output = ''
  const host = new Host({
    memory: ram + 16 * 2 ** 20,
    hypervisor: strategy.needsHypervisor ?? false,
    svadu,
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
  let start = 0
  return {
    name: strategy.name,
    get retired() {
      return retired() - start
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
    restart() {
      vm.reset()
      output = ''
      start = retired()
    },
    interrupt(source) {
      if (source === 'software') vcpu.state.setPending('software', true)
      else if (source === 'timer') vcpu.setTimer(0n)
      else vm.input(BYTE)
    },
    // The bare machine has none: what is in a guest's is the firmware's doing.
    snapshot: () => ({ ...vcpu.state.snapshot(), stimecmp: 0n }),
    read: (address, target) => vm.memory.read(address, target),
    get output() {
      return output
    },
  }
}
