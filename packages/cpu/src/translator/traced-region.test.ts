import { readFileSync } from 'node:fs'
import { assemble, registerNames } from '@worldswitch/isa'
import { expect, test, vi } from 'vitest'
import { listing } from '../../test/wasm-listing.ts'
import { Hart } from '../hart.ts'
import { MachineMemory } from '../machine-memory.ts'
import { opNames } from '../opcodes.ts'
import { RECORD_SHIFT } from '../record-code.ts'
import { State } from '../state-layout.ts'
import { ORIGINAL_OPS, REGION_OP } from './region-links.ts'

const PAGE = new URL('../../../../docs/engine-translator.md', import.meta.url)
const START = 0x8000_0000

/** What stands in the block behind a mark. */
const blockOf = (mark: string): RegExp =>
  new RegExp(`(?<=<!-- traced: ${mark} -->\n\n\`\`\`text\n)[^\`]*(?=\`\`\`)`)

/** The records of a page: offset and bytes of the instruction, and what the interpreter knows about it. */
function recordsOf(memory: MachineMemory, bytes: Uint8Array): string {
  const view = new DataView(memory.memory.buffer)
  const first = memory.code.recordsAt(memory.ramOffset)
  const rows = ['offset  bytes     op                                  rd    rs1   rs2   imm']
  for (let offset = 0; offset < bytes.length; offset += 4) {
    const record = first + (offset << RECORD_SHIFT)
    const op = view.getUint16(record, true)
    const original = op < REGION_OP ? op : view.getUint16(ORIGINAL_OPS + 2 * (op - REGION_OP), true)
    const name = `${op < REGION_OP ? '' : `0x${op.toString(16)} for `}${opNames[original]}`
    const registers = [2, 4, 6].map((at) => registerAt(view.getUint16(record + at, true)).padEnd(6))
    const word = view.getUint32(memory.ramOffset + offset, true)
    rows.push(
      [
        `0x${offset.toString(16).padStart(3, '0')}   `,
        `${word.toString(16).padStart(8, '0')}  `,
        name.padEnd(36),
        ...registers,
        `${view.getInt32(record + 8, true)}`,
      ].join(''),
    )
  }
  return `${rows.join('\n')}\n`
}

const registerAt = (place: number): string => (place === State.sink ? 'sink' : registerNames[place / 8])

/** `vitest run traced-region -u` writes the page anew. */
test('the block on the page about the translator is translated as it says', async () => {
  const page = readFileSync(PAGE, 'utf8')
  const { bytes } = assemble(blockOf('guest').exec(page)![0], { origin: BigInt(START) })
  const memory = new MachineMemory({ ramBytes: 1 << 20, tlbEntries: 2048 })
  memory.writeRam(START, bytes)
  const hart = new Hart({ id: 0, memory, monitor: 'M', engine: 'auto' })
  const compiled = vi.spyOn(WebAssembly, 'Module')
  hart.privilege = 'S'
  while (hart.translation!.regions === 0) {
    hart.writeX(8, BigInt(START + 0x1000))
    hart.writeX(9, BigInt(START + 0x10_0000))
    hart.pc = BigInt(START)
    expect(hart.run(1_000_000)).toMatchObject({ reason: 'trap', trap: { cause: 9 } })
  }
  const [module] = compiled.mock.calls.at(-1)!
  compiled.mockRestore()
  const traced = page
    .replace(blockOf('records'), () => recordsOf(memory, bytes))
    .replace(blockOf('wasm'), () => `${listing(module as Uint8Array)}\n`)
  await expect(traced).toMatchFileSnapshot(PAGE.pathname)
})
