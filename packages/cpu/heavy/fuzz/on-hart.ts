import {
  type EngineName,
  Hart,
  type HartExtension,
  MachineMemory,
  type PhysicalBus,
} from '../../src/index.ts'
import type { Batch } from './image.ts'
import { BASE, CODE, CODE_SIZE, CURRENT, DEVICES, SLOT, TABLE } from './layout.ts'
import { type Outcome, outcomes } from './record.ts'

const UART = 0x1000_0000
const FINISHER = 0x10_0000
const MTIMECMP = 0x200_4000
/** As much as the peer is given. */
export const RAM = 64 * 0x10_0000

/** Bytes of a full log. */
const LONGEST_RECORD = 4096
/** Steps that a program may take between two bytes of output: the sums over its pages are most of them. */
const PATIENCE = 400_000

const hasDevice = (address: number | bigint): boolean =>
  DEVICES.some(([from, to]) => address >= from && address < to)

/** Serial port, finisher and timer: all that the programs' supervisor needs. Anything else is a device of the peer's. */
class Board implements PhysicalBus {
  readonly bytes: number[] = []
  finished = false
  readonly #on: { readonly byte: () => void; readonly stray: () => void }

  /** @param on - called at once, in the middle of the access: after a byte of output, and for what is a device there only. */
  constructor(on: { readonly byte: () => void; readonly stray: () => void }) {
    this.#on = on
  }
  read(address: number): bigint | undefined {
    this.#refuse(address)
    return undefined
  }
  write(address: number, width: number, value: bigint): boolean {
    if (address === UART && width === 1) {
      this.bytes.push(Number(value))
      this.#on.byte()
    } else if (address === FINISHER && width === 4) this.finished = true
    else if (address !== MTIMECMP) return this.#refuse(address)
    return true
  }
  #refuse(address: number): boolean {
    if (hasDevice(address)) this.#on.stray()
    return false
  }
}

/** A batch, run on the hart. */
export interface HartRun {
  /** What came out of the serial port. */
  readonly output: Uint8Array
  readonly found: readonly Outcome[]
  /** As the programs left it. */
  readonly memory: MachineMemory
}

/**
 * Runs a batch on the hart. Programs that do not end in time, find a device of the peer's, damage the supervisor or make it
 * start over, or change their code where no fence follows (it is up to each side when that is seen) are entered into the
 * batch's `leftOut` first.
 *
 * @param engine - the hart's default unless given.
 */
export function onHart(batch: Batch, engine: EngineName | undefined): HartRun {
  const done = new Set<number>()
  for (;;) {
    const { board, current, memory } = run(batch, done, engine)
    const output = Uint8Array.from(board.bytes)
    const found = outcomes(batch, output)
    const order = found.map(({ index }) => index)
    const back = order.findIndex((index, i) => i > 0 && index <= order[i - 1]!)
    const good = back === -1 ? order : order.slice(0, back - 1)
    for (const index of good) done.add(index)
    if (board.finished && back === -1) {
      const careless = found.filter((each) => foundDevice(each) || changedItself(batch, each.index, memory))
      for (const { index } of careless) batch.leftOut.add(index)
      // Once more from clean memory, all that is left in one go.
      if (done.size === order.length && careless.length === 0) return { output, found, memory }
      done.clear()
    } else {
      if (back !== -1) batch.leftOut.add(order[back - 1]!)
      batch.leftOut.add(current)
    }
  }
}

/** Whether a fetch or an atomic faulted where the peer has a device: these the hart refuses without asking the bus. */
const foundDevice = ({ log }: Outcome): boolean =>
  log.some(({ fields }) => {
    const cause = fields.mcause ?? fields.scause
    return (cause === 1n || cause === 5n || cause === 7n) && hasDevice(fields.mtval ?? fields.stval!)
  })

/** Whether the code of a program that ran is other than it was, the slots apart that it means to change. */
function changedItself(batch: Batch, index: number, memory: MachineMemory): boolean {
  const { bytes, rewritten } = batch.programs[index]!
  const code = new DataView(bytes.buffer, CODE, CODE_SIZE)
  for (let at = 0; at < code.byteLength; at += 4) {
    const is = memory.load32(batch.blockOf(index) + CODE + at)
    if (is !== code.getUint32(at, true) && !rewritten.has(Math.floor(at / SLOT))) return true
  }
  return false
}

/** Runs the programs that are neither done nor left out. */
function run(
  batch: Batch,
  done: ReadonlySet<number>,
  engine: EngineName | undefined,
): { board: Board; current: number; memory: MachineMemory } {
  const memory = new MachineMemory({ ramBytes: RAM })
  const index = () => Math.min(Math.max((memory.load32(CURRENT) - TABLE) / 8, 0), batch.programs.length - 1)
  let strayed = -1
  let checked = -1
  const stray = () => {
    if (strayed === -1) strayed = index()
    hart.requestStop()
  }
  const board = new Board({
    stray,
    byte: () => {
      if (checked === index()) return
      checked = index()
      if (!batch.supervisorIntact((address) => memory.load32(address))) stray()
    },
  })
  memory.writeRam(BASE, batch.image(done))
  const hart: Hart = new Hart({
    id: 0,
    memory,
    bus: board,
    ...(engine !== undefined && { engine }),
    extensions: [...(batch.machine.extensions as ReadonlySet<HartExtension>), ...batch.machine.others],
  })
  const most = batch.programs.length * LONGEST_RECORD
  let before = -1
  while (!board.finished && strayed === -1 && board.bytes.length !== before && board.bytes.length < most) {
    before = board.bytes.length
    hart.run(PATIENCE)
  }
  return { board, current: strayed === -1 ? index() : strayed, memory }
}
