import {
  type EngineName,
  Hart,
  type HartExtension,
  MachineMemory,
  type PhysicalBus,
} from '../../src/index.ts'
import type { Batch } from './image.ts'
import { BASE, CURRENT, TABLE } from './layout.ts'
import { outcomes } from './record.ts'

const UART = 0x1000_0000
const FINISHER = 0x10_0000
const MTIMECMP = 0x200_4000
/** As much as the peer is given. */
export const RAM = 64 * 0x10_0000

/** Bytes of a full log. */
const LONGEST_RECORD = 4096
/** Steps that a program may take between two bytes of output: the sums over its pages are most of them. */
const PATIENCE = 400_000

/** Serial port, finisher and timer: all that the programs' supervisor needs. Anything else is a device of the peer's. */
class Board implements PhysicalBus {
  readonly bytes: number[] = []
  finished = false
  /** Something else was asked for. */
  strayed = false
  readonly #stray: () => void

  /** @param stray - called at once, in the middle of the access. */
  constructor(stray: () => void) {
    this.#stray = stray
  }
  read(address: number): bigint | undefined {
    this.#refuse(address)
    return undefined
  }
  write(address: number, width: number, value: bigint): boolean {
    if (address === UART && width === 1) this.bytes.push(Number(value))
    else if (address === FINISHER && width === 4) this.finished = true
    else if (address !== MTIMECMP) return this.#refuse(address)
    return true
  }
  #refuse(address: number): boolean {
    if (address < BASE && !this.strayed) {
      this.strayed = true
      this.#stray()
    }
    return false
  }
}

/**
 * Runs a batch on the hart. Programs that do not end in time, find a device of the peer's, or make the supervisor
 * start over are entered into the batch's `leftOut` first.
 *
 * @returns what came out of the serial port.
 */
export function onHart(batch: Batch, engine: EngineName): Uint8Array {
  const done = new Set<number>()
  for (;;) {
    const { board, current } = run(batch, done, engine)
    const order = outcomes(batch, Uint8Array.from(board.bytes)).map(({ index }) => index)
    const back = order.findIndex((index, i) => i > 0 && index <= order[i - 1]!)
    const good = back === -1 ? order : order.slice(0, back - 1)
    for (const index of good) done.add(index)
    if (board.finished && back === -1) {
      // Once more from clean memory, all that is left in one go.
      if (done.size === order.length) return Uint8Array.from(board.bytes)
      done.clear()
    } else {
      if (back !== -1) batch.leftOut.add(order[back - 1]!)
      batch.leftOut.add(current)
    }
  }
}

/** Runs the programs that are neither done nor left out. */
function run(batch: Batch, done: ReadonlySet<number>, engine: EngineName): { board: Board; current: number } {
  const memory = new MachineMemory({ ramBytes: RAM })
  const index = () => Math.min(Math.max((memory.load32(CURRENT) - TABLE) / 8, 0), batch.programs.length - 1)
  let strayed = -1
  const board = new Board(() => {
    strayed = index()
    hart.requestStop()
  })
  memory.writeRam(BASE, batch.image(done))
  const hart: Hart = new Hart({
    id: 0,
    memory,
    bus: board,
    engine,
    extensions: [...(batch.machine.extensions as ReadonlySet<HartExtension>), ...batch.machine.others],
  })
  const most = batch.programs.length * LONGEST_RECORD
  let before = -1
  while (!board.finished && !board.strayed && board.bytes.length !== before && board.bytes.length < most) {
    before = board.bytes.length
    hart.run(PATIENCE)
  }
  return { board, current: strayed === -1 ? index() : strayed }
}
