import { readFileSync } from 'node:fs'
import { classify, csrs, encode, type Instruction, instructionNamed, instructions } from '@worldswitch/isa'
import { describe, expect, test } from 'vitest'
import { board, Csr, ENTRY, engines } from '../test/board.ts'
import type { EngineName, Hart } from './index.ts'

const MODES = ['U', 'S', 'M'] as const
const DATA = 0x8010_0000n
const ILLEGAL = 2
const VIRTUAL = 22
const illegals = (hart: Hart): number => hart.counters.traps.exceptions[ILLEGAL]
const csrrs = instructionNamed('csrrs')!

interface Attempt {
  readonly row: Instruction
  readonly csr?: number
}

/** All instructions, those of Zicsr with each CSR. */
const attempts: readonly Attempt[] = instructions.flatMap((row) =>
  classify(row).accessesCsr
    ? row === csrrs
      ? csrs.map(({ number }) => ({ row, csr: number }))
      : []
    : { row },
)

/** The instruction with operands that do no harm: addresses are those of some memory. */
function wordOf({ row, csr }: Attempt): number | undefined {
  const { fields } = row.format
  const operands = {
    ...(fields.rd !== undefined && row.fixed.rd === undefined && { rd: 8 }),
    ...(fields.rs1 !== undefined && row.fixed.rs1 === undefined && row !== csrrs && { rs1: 8 }),
    ...(fields.rs2 !== undefined && row.fixed.rs2 === undefined && { rs2: 9 }),
    ...(fields.imm !== undefined &&
      row.name.startsWith('c.') &&
      row.name !== 'c.j' && { imm: fields.imm.plus || 16 }),
    ...(csr !== undefined && { csr }),
  }
  for (const some of [operands, {}]) {
    try {
      return encode(row, some)
    } catch {
      // Not every instruction can carry these.
    }
  }
  return undefined
}

/** @returns what executes one instruction in a mode, and says whether that raised illegal-instruction; undefined when it is not there. */
function machine(engine: EngineName, sensitiveHoles = false) {
  const { hart, memory } = board('nop', { engine, sensitiveHoles, pmpOpen: true })
  const bytes = new Uint8Array(4)
  return (attempt: Attempt, mode: 'U' | 'S' | 'M'): boolean | undefined => {
    const word = wordOf(attempt)
    if (word === undefined || (attempt.csr !== undefined && !hart.hasCsr(attempt.csr))) return undefined
    new DataView(bytes.buffer).setUint32(0, word, true)
    hart.reset()
    memory.writeRam(Number(ENTRY), bytes)
    hart.pc = ENTRY
    hart.writeCsr(Csr.mstatus, 3n << 13n)
    hart.writeX(8, DATA)
    hart.privilege = mode
    const before = illegals(hart)
    hart.run(1)
    return illegals(hart) > before
  }
}

const title = ({ row, csr }: Attempt): string =>
  csr === undefined ? row.name : `${row.name} ${csrs.find(({ number }) => number === csr)!.name}`

describe('what the instruction table says of an instruction is what happens', () => {
  test.each(MODES)('in %s-mode', (mode) => {
    const wrong: string[] = []
    const traps = machine('reference')
    let tried = 0
    for (const attempt of attempts) {
      const expected = classify(attempt.row, attempt.csr).illegal[mode]
      const trapped = traps(attempt, mode)
      if (trapped === undefined) continue
      tried++
      if (expected !== 'sometimes' && trapped !== (expected === 'always'))
        wrong.push(`${title(attempt)}: ${expected}`)
    }
    expect(wrong).toEqual([])
    expect(tried).toBeGreaterThan(300)
  })
})

test('the page about it says what was computed', () => {
  const page = readFileSync(new URL('../../../docs/virtualizability.md', import.meta.url), 'utf8')
  const [, said] = /<!-- computed: classes -->\n\n```text\n([^`]*)```/.exec(page)!
  const rows = instructions.map((row) => ({ name: row.name, ...classify(row) }))
  const isSensitive = (it: ReturnType<typeof classify>) => it.controlSensitive || it.behaviourSensitive
  const names = (choose: (it: (typeof rows)[number]) => boolean) =>
    rows
      .filter(choose)
      .map(({ name }) => name)
      .join(' ')
  const registers = csrs.map(({ name, number }) => ({ name, ...classify(csrrs, number) }))
  const privileged = registers.filter((it) => it.privileged)
  expect(privileged.every(isSensitive)).toBe(true)
  const open = registers.filter((it) => !it.privileged)
  const counters = open.filter((it) => it.behaviourSensitive)
  expect(counters.every((it) => it.illegal.U === 'sometimes' && it.illegal.S === 'sometimes')).toBe(true)
  expect(said).toBe(
    [
      ['privileged', names((it) => it.privileged)],
      ['control-sensitive', names((it) => it.controlSensitive && !it.accessesCsr)],
      ['behaviour-sensitive', names((it) => it.behaviourSensitive && !it.accessesCsr)],
      ['innocuous', `${rows.filter((it) => !it.privileged && !isSensitive(it)).length} others`],
      ['by CSR', names((it) => it.accessesCsr)],
      ['privileged CSRs', `${privileged.length}, all of them sensitive`],
      [
        'other CSRs',
        open
          .filter((it) => !isSensitive(it))
          .map(({ name }) => name)
          .join(' '),
      ],
      ['counters', `${counters.length}, behaviour-sensitive, and S- and M-mode decide whether they trap`],
    ]
      .map(([title, text]) => `${title.padEnd(21)}${text}\n`)
      .join(''),
  )
})

describe('a hart with sensitive holes', () => {
  /** What is sensitive and should trap in U-mode, but does not. */
  const holes = (sensitiveHoles: boolean, engine: EngineName): string[] => {
    const traps = machine(engine, sensitiveHoles)
    return attempts
      .filter(({ row, csr }) => {
        const { controlSensitive, behaviourSensitive, illegal } = classify(row, csr)
        return (controlSensitive || behaviourSensitive) && illegal.U === 'always'
      })
      .filter((attempt) => traps(attempt, 'U') === false)
      .map(title)
  }

  test.each(engines)('lets what belongs to S-mode pass in U-mode, by the %s', (engine) => {
    const { hart } = board('nop')
    expect(holes(true, engine)).toEqual([
      ...csrs
        .filter(({ number }) => (number >> 8) % 4 === 1 && hart.hasCsr(number))
        .map(({ name }) => `csrrs ${name}`),
      'wfi',
      'sfence.vma',
    ])
  })

  test('is what it is by that only', () => {
    expect(holes(false, 'interpreter')).toEqual([])
  })

  test.each(engines)('reads the real register, and ignores what is written, on the %s', (engine) => {
    const { hart } = board(
      'csrrw a0, sscratch, a1\n csrrs a2, sscratch, a1\n csrrci a3, sstatus, 31\n csrr a4, satp',
      {
        engine,
        sensitiveHoles: true,
        pmpOpen: true,
      },
    )
    hart.writeCsr(Csr.sscratch, 0x1234n)
    hart.writeCsr(Csr.mstatus, 2n | (3n << 13n))
    hart.writeX(11, 0x88n)
    hart.privilege = 'U'
    hart.run(4)
    expect([10, 12, 13, 14].map((index) => hart.readX(index) & 0xffffn)).toEqual([
      0x1234n,
      0x1234n,
      0x6002n,
      0n,
    ])
    expect(hart.readCsr(Csr.sscratch)).toBe(0x1234n)
    expect(hart.readCsr(Csr.sstatus) & 2n).toBe(2n)
    expect(illegals(hart)).toBe(0)
  })

  test.each(engines)('traps as ever on registers of M-mode and in guests, on the %s', (engine) => {
    const trapped = (program: string, virtual = false) => {
      const { hart } = board(program, { engine, sensitiveHoles: true, pmpOpen: true })
      hart.privilege = 'U'
      hart.virtual = virtual
      hart.run(1)
      return hart.counters.traps.exceptions.flatMap((count, cause) => (count > 0 ? cause : []))
    }
    expect(trapped('csrr a0, mstatus')).toEqual([ILLEGAL])
    expect(trapped('sret')).toEqual([ILLEGAL])
    expect(trapped('csrr a0, sscratch', true)).toEqual([VIRTUAL])
    expect(trapped('wfi', true)).toEqual([VIRTUAL])
  })
})
