import { assemble } from '@worldswitch/isa'
import { Hart, type HartOptions, MachineMemory } from '../src/index.ts'
import { Csr, ENTRY } from './board.ts'

/** PTE flags: an ordinary page of U-mode, and of S-mode. */
export const Pte = { v: 1, r: 2, w: 4, x: 8, u: 16, g: 32, a: 64, d: 128, user: 0xdf, kernel: 0xcf } as const

/** Where the guest's data page lies, in every address space. */
export const DATA = 0x8000_4000
/** The page behind it. */
export const NEXT = DATA + 0x1000
/** First page of the second stage's tables. */
const SECOND_STAGE = 0x8004_0000
/** First page of the guest's own tables: identical in guest- and host-physical memory. */
const FIRST_STAGE = 0x8006_0000
const RAM_BYTES = 0x8_0000

/** How a {@link Tree} is made. */
export interface TreeOptions {
  /** Default 3. */
  readonly levels?: number
  /** Gives the address of an empty page for a table. Default: the pages behind a root of 16 KiB, one by one. */
  readonly newPage?: () => number
  /** Where in memory an address is that a PTE points to. Default: where it says. */
  readonly physical?: (address: number) => number
}

/** A tree of page tables, of one stage or the other. */
export class Tree {
  readonly root: number
  readonly #memory: MachineMemory
  readonly #levels: number
  readonly #newPage: () => number
  readonly #physical: (address: number) => number

  constructor(memory: MachineMemory, root: number, options: TreeOptions = {}) {
    let free = root + 0x4000
    const next = (): number => {
      free += 0x1000
      return free - 0x1000
    }
    const { levels = 3, newPage = next, physical = (address) => address } = options
    this.root = root
    this.#memory = memory
    this.#levels = levels
    this.#newPage = newPage
    this.#physical = physical
  }

  /** Physical address of the PTE at a level, tables made on the way. */
  pte(address: number, level = 0): number {
    const top = this.#levels - 1
    let table = this.root
    for (let at = top; ; at--) {
      const index = Math.floor(address / 2 ** (12 + 9 * at)) % (at === top ? 2048 : 512)
      const pte = this.#physical(table) + 8 * index
      if (at === level) return pte
      const next = this.#memory.load64(pte)!
      if (next === 0n) {
        table = this.#newPage()
        this.#memory.store64(pte, (BigInt(table / 4096) << 10n) | 1n)
      } else table = Number(next >> 10n) * 4096
    }
  }

  /** Maps a page of 4 KiB, or what a PTE of another level maps; no flags unmap it. */
  map(address: number, to: number, flags: number | bigint, level = 0): void {
    this.#memory.store64(this.pte(address, level), (BigInt(to / 4096) << 10n) | BigInt(flags))
  }
}

/** What {@link guestBoard} makes. */
export interface GuestBoard {
  readonly hart: Hart
  readonly memory: MachineMemory
  /** Sv39x4, VMID 0: all of RAM where it is. */
  readonly second: Tree
  /** Sv39, ASID 0: all of RAM where it is, as pages of the guest's kernel. */
  readonly first: Tree
  /** Puts the hart into a mode at the start of the program. */
  enter(mode: 'VS' | 'VU' | 'HS' | 'U' | 'M'): void
}

/** A hart in VS-mode at the start of an assembled program, both stages of translation on. */
export function guestBoard(
  program: string,
  options: Omit<HartOptions, 'id' | 'memory'> & { readonly stages?: 'both' | 'second' } = {},
): GuestBoard {
  const { stages = 'both', ...rest } = options
  const memory = new MachineMemory({ ramBytes: RAM_BYTES, codePages: 8, tlbEntries: 64 })
  memory.writeRam(Number(ENTRY), assemble(program, { origin: ENTRY }).bytes)
  const hart = new Hart({ id: 0, memory, pmpOpen: true, ...rest })
  const second = new Tree(memory, SECOND_STAGE)
  const first = new Tree(memory, FIRST_STAGE)
  for (let page = Number(ENTRY); page < Number(ENTRY) + RAM_BYTES; page += 4096) {
    second.map(page, page, Pte.user)
    first.map(page, page, Pte.kernel)
  }
  hart.writeCsr(Csr.hgatp, (8n << 60n) | BigInt(SECOND_STAGE / 4096))
  if (stages === 'both') hart.writeCsr(Csr.vsatp, (8n << 60n) | BigInt(FIRST_STAGE / 4096))
  const enter = (mode: 'VS' | 'VU' | 'HS' | 'U' | 'M') => {
    hart.privilege = mode === 'M' ? 'M' : mode === 'VU' || mode === 'U' ? 'U' : 'S'
    hart.virtual = mode.startsWith('V')
    hart.pc = ENTRY
  }
  hart.writeCsr(Csr.medeleg, 0xffff_ffffn)
  hart.writeCsr(Csr.mideleg, 0xffffn)
  enter('VS')
  return { hart, memory, second, first, enter }
}
