import type { Hart, MachineMemory, Trap } from '@worldswitch/cpu'
import { InterruptCause } from '@worldswitch/cpu'
import type { Clint, DmaMemory, Uart16550 } from '@worldswitch/devices'
import { csr } from './csr.ts'
import { Sbi, type SbiNext } from './sbi/sbi.ts'
import type {
  FenceRange,
  GuestFence,
  SbiMachineIds,
  SbiPlatform,
  SbiResetReason,
  SbiResetType,
} from './sbi/sbi-platform.ts'

const CSR = {
  medeleg: csr('medeleg'),
  mideleg: csr('mideleg'),
  mie: csr('mie'),
  mcounteren: csr('mcounteren'),
  menvcfg: csr('menvcfg'),
  stimecmp: csr('stimecmp'),
  scounteren: csr('scounteren'),
  pmpaddr0: csr('pmpaddr0'),
  pmpcfg0: csr('pmpcfg0'),
  sstatus: csr('sstatus'),
  satp: csr('satp'),
  hgatp: csr('hgatp'),
  mvendorid: csr('mvendorid'),
  marchid: csr('marchid'),
  mimpid: csr('mimpid'),
} as const

/**
 * Every exception goes to S-mode, except ECALL from S (9) and M (11): those are for the firmware. The bits above 15 and
 * ECALL from VS (10) are of the hypervisor extension; a hart without it keeps them zero.
 */
const DELEGATED_EXCEPTIONS = 0x00f0_b5ffn
/** SSI, STI and SEI. */
const DELEGATED_INTERRUPTS = 0x222n
/** `cycle`, `time`, `instret` and the monitors, as far as the hart has them. */
const COUNTERS = 0xffff_ffffn
/** `cycle`, `time` and `instret`: what OpenSBI leaves open to U-mode. */
const USER_COUNTERS = 7n
/**
 * What S-mode may use of its environment, as far as the hart has it: cache-block instructions, page-based memory
 * types and `stimecmp`. ADUE stays as it is after reset, and fences need not include I/O.
 */
const ENVIRONMENT = (3n << 62n) | (0xfn << 4n)
const ADUE = 1n << 61n
const SSTATUS_SIE = 2n
/** `pmpcfg`: naturally aligned power of two, no permission. */
const PMP_NAPOT_NONE = 0x18n
const ECALL_FROM_S = 9
const ECALL_LENGTH = 4n
/** Fences of more pages than this drop everything: it is cheaper. */
const MOST_PAGES = 64
const PAGE = 4096n
const VMID_AT = 44n
const VMID_MASK = 0x3fffn

/** What a fence names: pages one by one, or, as `undefined`, everything. */
function pagesOf(range: FenceRange | undefined): readonly (bigint | undefined)[] {
  if (range === undefined) return [undefined]
  const first = range.start & ~(PAGE - 1n)
  const pages = Number((range.start + range.size - first + PAGE - 1n) / PAGE)
  if (pages > MOST_PAGES) return [undefined]
  return Array.from({ length: pages }, (_, page) => first + BigInt(page) * PAGE)
}
const A0 = 10
const A1 = 11

/** What the firmware acts on. */
export interface FirmwareSystem {
  readonly harts: readonly Hart[]
  readonly memory: MachineMemory
  /** The same for reading and writing. */
  readonly dma: DmaMemory
  readonly clint: Clint
  /** Where the CLINT is: S-mode is kept out, as OpenSBI does. */
  readonly clintRange: { readonly base: number; readonly size: number }
  /** PMP entries of each hart. */
  readonly pmpEntries: number
  readonly uart: Uart16550
  output(bytes: Uint8Array): void
  /** A deadline of the CLINT moved. */
  deadlineMoved(): void
  /** The hart executes from now on, whatever it did before. */
  started(hart: number): void
  /** The hart executes nothing from now on. */
  stopped(hart: number): void
  /** The system ends or restarts. */
  ended(type: SbiResetType, reason: SbiResetReason): void
}

/** The built-in firmware: sets harts up for S-mode and serves their SBI calls, as the monitor at level M. */
export class Firmware implements SbiPlatform {
  readonly ids: SbiMachineIds
  readonly harts: number
  readonly memory: SbiPlatform['memory']
  readonly #system: FirmwareSystem
  readonly #sbi: Sbi

  /** Sets all harts up; hart 0 is started by {@link Firmware.boot}, the others wait for HSM. */
  constructor(system: FirmwareSystem) {
    this.#system = system
    this.harts = system.harts.length
    this.memory = system.dma
    const [hart] = system.harts
    this.ids = {
      mvendorid: hart!.readCsr(CSR.mvendorid),
      marchid: hart!.readCsr(CSR.marchid),
      mimpid: hart!.readCsr(CSR.mimpid),
    }
    for (const each of system.harts) this.#prepare(each)
    this.#sbi = new Sbi(this)
  }

  /** Starts hart 0 in S-mode. */
  boot(entry: number, tree: number): void {
    this.startHart(0, BigInt(entry), BigInt(tree))
  }

  /**
   * Handles a trap that the monitor got.
   *
   * @returns what the hart does next; its `pc` is set.
   */
  handle(hart: Hart, trap: Trap): SbiNext {
    if (trap.interrupt) {
      // Nothing enables M-level interrupts here, and without a handler they would come for ever.
      hart.writeCsr(CSR.mie, hart.readCsr(CSR.mie) & ~(1n << BigInt(trap.cause)))
      return 'resume'
    }
    if (trap.cause !== ECALL_FROM_S) {
      hart.enterTrap(trap, 'S')
      return 'resume'
    }
    const next = this.#sbi.call(hart.id, hart)
    if (next !== 'away') hart.pc = trap.pc + ECALL_LENGTH
    return next
  }

  /** An interrupt is pending for a hart that waits. */
  wake(hart: number): void {
    this.#sbi.wake(hart)
  }

  #prepare(hart: Hart): void {
    hart.writeCsr(CSR.medeleg, DELEGATED_EXCEPTIONS)
    hart.writeCsr(CSR.mideleg, DELEGATED_INTERRUPTS)
    hart.writeCsr(CSR.mcounteren, COUNTERS)
    hart.writeCsr(CSR.scounteren, USER_COUNTERS)
    hart.writeCsr(CSR.menvcfg, ENVIRONMENT | (hart.readCsr(CSR.menvcfg) & ADUE))
    const { base, size } = this.#system.clintRange
    // The last entry opens everything. With that one alone, or none, there is no entry left to keep S-mode out.
    if (this.#system.pmpEntries < 2) return
    hart.writeCsr(CSR.pmpaddr0, BigInt(base / 4 + size / 8 - 1))
    hart.writeCsr(CSR.pmpcfg0, (hart.readCsr(CSR.pmpcfg0) & ~0xffn) | PMP_NAPOT_NONE)
  }

  // What the SBI asks for.

  setTimer(hart: number, deadline: bigint): void {
    const { harts, clint, deadlineMoved } = this.#system
    if (harts[hart]!.hasCsr(CSR.stimecmp)) {
      // The hart's own comparator drives STIP: the CLINT's would not show.
      harts[hart]!.writeCsr(CSR.stimecmp, deadline)
      return
    }
    clint.mtimer.setCompare(hart, deadline)
    deadlineMoved()
  }

  sendIpi(hart: number): void {
    this.#system.harts[hart]!.setInterruptLine(InterruptCause.supervisorSoftware, true)
  }

  /** Nothing to do: predecoded code is invalidated by physical address when it is stored to. */
  fenceInstructions(): void {}

  fenceTranslations(number: number, range: FenceRange | undefined, asid: bigint | undefined): void {
    const hart = this.#system.harts[number]!
    const space = asid === undefined ? undefined : Number(asid & 0xffffn)
    for (const page of pagesOf(range)) hart.flushTlb(page, space)
  }

  fenceGuests(number: number, fence: GuestFence): boolean {
    const hart = this.#system.harts[number]!
    if (!hart.hasCsr(CSR.hgatp)) return false
    const { stage, range } = fence
    if (stage === 'G') {
      hart.flushSecondStage(fence.vmid === undefined ? undefined : Number(fence.vmid & VMID_MASK))
      return true
    }
    const vmid = Number((this.#system.harts[fence.caller]!.readCsr(CSR.hgatp) >> VMID_AT) & VMID_MASK)
    const asid = fence.asid === undefined ? undefined : Number(fence.asid & 0xffffn)
    for (const page of pagesOf(range)) hart.flushFirstStage(vmid, page, asid)
    return true
  }

  canExecute(address: bigint): boolean {
    const { ramBase, ramBytes } = this.#system.memory
    return address % 2n === 0n && address >= BigInt(ramBase) && address < BigInt(ramBase + ramBytes)
  }

  startHart(number: number, address: bigint, opaque: bigint): void {
    const hart = this.#system.harts[number]!
    hart.privilege = 'S'
    hart.writeCsr(CSR.satp, 0n)
    hart.writeCsr(CSR.sstatus, hart.readCsr(CSR.sstatus) & ~SSTATUS_SIE)
    hart.writeX(A0, BigInt(number))
    hart.writeX(A1, opaque)
    hart.pc = address
    this.#system.started(number)
  }

  stopHart(hart: number): void {
    this.#system.stopped(hart)
  }

  writeConsole(bytes: Uint8Array): void {
    this.#system.output(bytes)
  }

  /** Takes from the UART's receiver, as firmware that drives it would. */
  readConsole(limit: number): Uint8Array {
    return this.#system.uart.takeReceived(limit)
  }

  reset(type: SbiResetType, reason: SbiResetReason): void {
    this.#system.ended(type, reason)
  }
}
