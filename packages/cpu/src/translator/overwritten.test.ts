import { describe, expect, test } from 'vitest'
import { agree, type Board } from '../../test/agreement.ts'
import { SKIPPING_TRAP } from '../../test/assembly.ts'
import { board } from '../../test/board.ts'
import { Hart } from '../index.ts'

/** `li a0, 7` as a word: what the programs store over other instructions. */
const LI_A0_7 = 0x0070_0513
const hex = (value: number): string => `0x${value.toString(16)}`
const at = ({ program }: Board, label: string): number => Number(program.symbols.get(label)!)
const word = (value: number): Uint8Array => new Uint8Array(Uint32Array.of(value).buffer)

/** A loop in a page of its own, 20 times around; `a6` holds {@link LI_A0_7}, `a7` the address of `victim`. */
const looping = (body: string): string => `
  la t0, trap
  csrw mtvec, t0
  li t0, 0x6000
  csrs mstatus, t0
  la a7, victim
  li a6, ${hex(LI_A0_7)}
  li s0, 20
  la t0, start
  jr t0
${SKIPPING_TRAP}
.balign 4096
start:
  ${body}
  j .
`

describe('a store into translated code takes effect with the next instruction', () => {
  test.each([
    [
      'further on in the loop',
      'loop: addi s1, s1, 1\n sw a6, 0(a7)\n addi s2, s2, 1\n victim: addi a0, a0, 1\n add a1, a1, a0\n addi s0, s0, -1\n bnez s0, loop',
    ],
    [
      'right behind the store',
      'loop: addi s0, s0, -1\n sw a6, 0(a7)\n victim: addi a0, a0, 1\n add a1, a1, a0\n bnez s0, loop',
    ],
    [
      'at the head of the loop',
      'loop: \n victim: addi a0, a0, 1\n addi s0, s0, -1\n add a1, a1, a0\n sw a6, 0(a7)\n bnez s0, loop',
    ],
    [
      'in the store itself, the next time',
      'loop: addi s0, s0, -1\n victim: sw a6, 0(a7)\n add a1, a1, a0\n bnez s0, loop',
    ],
    [
      'in a callee',
      'j loop\n callee: addi a2, a2, 1\n victim: addi a0, a0, 1\n ret\n loop: jal callee\n add a1, a1, a0\n jal callee\n sw a6, 0(a7)\n jal callee\n addi s0, s0, -1\n bnez s0, loop',
    ],
    [
      'in a caller, from its callee',
      'j loop\n callee: sw a6, 0(a7)\n ret\n loop: addi a0, a0, 1\n jal callee\n victim: addi a0, a0, 1\n add a1, a1, a0\n addi s0, s0, -1\n bnez s0, loop',
    ],
    [
      'in a callee of a callee, while it is being called',
      'j loop\n inner: sw a6, 0(a7)\n victim: addi a0, a0, 1\n ret\n outer: mv s3, ra\n jal inner\n addi a0, a0, 1\n mv ra, s3\n ret\n loop: jal outer\n add a1, a1, a0\n addi s0, s0, -1\n bnez s0, loop',
    ],
    [
      'a byte at a time',
      'loop: addi s0, s0, -1\n srli a5, a6, 24\n sb a6, 0(a7)\n sb a5, 3(a7)\n victim: addi a0, a0, 1\n add a1, a1, a0\n bnez s0, loop',
    ],
    [
      'its second half',
      'loop: addi s0, s0, -1\n srli a5, a6, 16\n sh a5, 2(a7)\n victim: addi a0, a0, 1\n add a1, a1, a0\n bnez s0, loop',
    ],
    [
      'by a doubleword',
      'slli a5, a6, 32\n or a6, a6, a5\n loop: addi s0, s0, -1\n sd a6, 0(a7)\n .balign 8\n victim: addi a0, a0, 1\n addi a0, a0, 2\n add a1, a1, a0\n bnez s0, loop',
    ],
    [
      'misaligned',
      'addi a7, a7, -1\n slli a6, a6, 8\n ori a6, a6, 0x13\n loop: addi s0, s0, -1\n lbu a5, 0(a7)\n andi a6, a6, -256\n or a6, a6, a5\n sd a6, 0(a7)\n nop\n victim: addi a0, a0, 1\n nop\n add a1, a1, a0\n bnez s0, loop',
    ],
    [
      'by an atomic operation',
      'loop: addi s0, s0, -1\n amoswap.w a5, a6, (a7)\n .balign 4\n victim: addi a0, a0, 1\n add a1, a1, a0\n bnez s0, loop',
    ],
    [
      'by a store-conditional',
      'loop: addi s0, s0, -1\n lr.w a5, (a7)\n sc.w a5, a6, (a7)\n .balign 4\n victim: addi a0, a0, 1\n add a1, a1, a0\n bnez s0, loop',
    ],
    [
      'by a floating-point store',
      'fmv.d.x f1, a6\n loop: addi s0, s0, -1\n fsw f1, 0(a7)\n victim: addi a0, a0, 1\n add a1, a1, a0\n bnez s0, loop',
    ],
    [
      'over two granules of the page',
      'j loop\n .balign 64\n .zero 62\n victim: addi a0, a0, 1\n add a1, a1, a0\n ret\n loop: jal victim\n addi s0, s0, -1\n srli a5, a6, 16\n sh a5, 2(a7)\n bnez s0, loop',
    ],
  ])('%s', (_name, body) => {
    const { hart } = agree(looping(body))
    expect(hart.translation!.invalidated).toBeGreaterThan(0)
    expect(hart.readX(8)).toBe(0n)
  })

  test('a block of zeros over it raises an exception', () => {
    const { hart } = agree(
      looping(
        'li t0, 0xf0\n csrs menvcfg, t0\n loop: addi s0, s0, -1\n bltz s0, out\n jal code\n cbo.zero (a7)\n j loop\n .balign 64\n code:\n victim: addi a0, a0, 1\n ret\n .balign 64\n out:',
      ),
      { steps: 200 },
    )
    expect(hart.counters.traps.exceptions[2]).toBeGreaterThan(0)
  })
})

describe('data beside translated code', () => {
  const beside = (align: number) =>
    looping(
      `loop: la t1, data\n ld t2, 0(t1)\n addi t2, t2, 1\n sd t2, 0(t1)\n addi s0, s0, -1\n victim: bnez s0, loop\n j over\n .balign ${align}\n data: .dword 0\n .balign ${align}\n over:`,
    )
  test.each([
    ['in the same 64 bytes', 8],
    ['in others', 64],
  ])('%s is stored and read, and costs no translation', (_name, align) => {
    const { hart } = agree(beside(align))
    expect(hart.readX(7)).toBe(20n)
    expect(hart.translation!.invalidated).toBe(0)
  })
})

describe('from outside', () => {
  const counting = looping(
    'loop: addi a1, a1, 1\n victim: addi a0, a0, 1\n jal callee\n j loop\n callee: addi a2, a2, 1\n ret',
  )

  test.each([1, 2, 3, 4, 5, 50])(
    'code written between calls after %i steps is executed by the next',
    (steps) => {
      const { hart } = agree(counting, {
        drive: (machine, run) => {
          run(20 + steps)
          machine.memory.writeRam(at(machine, 'victim'), word(LI_A0_7))
          run(31)
          machine.memory.writeRam(at(machine, 'callee'), word(0x0070_0613))
          run(31)
        },
      })
      expect(hart.readX(10)).toBe(7n)
      expect(hart.readX(12)).toBe(7n)
    },
  )

  test('a device that writes code in the middle of a loop is heard at once', () => {
    const program = looping(
      'li a4, 0x10000000\n loop: addi s0, s0, -1\n sw a0, 0(a4)\n victim: addi a0, a0, 1\n add a1, a1, a0\n bnez s0, loop',
    )
    let machine: Board | undefined
    const { hart } = agree(program, {
      options: {
        bus: {
          read: () => 0n,
          write: (_address, _width, value) => {
            if (value >= 5n) machine!.memory.writeRam(at(machine!, 'victim'), word(LI_A0_7))
            return true
          },
        },
      },
      prepare: (board) => {
        machine = board
      },
    })
    expect(hart.readX(10)).toBe(7n)
    // 1 to 5, then 7 for the other 15 times.
    expect(hart.readX(11)).toBe(15n + 15n * 7n)
  })

  test.each(['interpreter', 'translator', 'reference'] as const)(
    'code that another hart writes on the %s is executed',
    (engine) => {
      const storing = `la t1, victim\n li t2, ${hex(LI_A0_7)}\n sw t2, 0(t1)\n j .`
      const end = (first: 'interpreter' | 'translator') => {
        const machine = board(
          `${looping('loop: addi a1, a1, 1\n victim: addi a0, a0, 1\n j loop')}\n.balign 4096\n other: ${storing}`,
          {
            engine: first,
            sizes: { harts: 2 },
          },
        )
        const second = new Hart({ id: 1, memory: machine.memory, engine })
        second.pc = BigInt(at(machine, 'other'))
        machine.hart.run(100)
        second.run(20)
        machine.hart.run(20)
        expect(machine.hart.readX(10)).toBe(7n)
        return [machine.hart.pc, machine.hart.readX(11), second.pc]
      }
      expect(end('translator')).toEqual(end('interpreter'))
    },
  )
})

test('a caller that was overwritten before its callee stays gone', () => {
  const program = `
    la s2, caller_part
    la s3, callee_part
    li s4, ${hex(LI_A0_7)}
    li s5, 0x00158593 # addi a1, a1, 1
    j main
  .balign 4096
  callee:
    addi a0, a0, 1
  callee_part:
    addi a1, a1, 2
    ret
  caller:
    mv s1, ra
    jal callee
  caller_part:
    addi a0, a0, 3
    jal callee
    mv ra, s1
    ret
  main:
    jal caller
    jal caller
    sw s4, 0(s2)
    jal one
    jal two
    jal three
    jal caller
    sw s5, 0(s3)
    jal caller
    li s6, 4
  again:
    jal one
    jal two
    jal three
    jal caller
    addi s6, s6, -1
    bnez s6, again
    j .
  .balign 64
  one: addi a2, a2, 1
    ret
  .balign 64
  two: addi a3, a3, 2
    ret
  .balign 64
  three: addi a4, a4, 3
    ret
  `
  const { hart } = agree(program, { steps: 300 })
  expect([12, 13, 14].map((x) => hart.readX(x))).toEqual([5n, 10n, 15n])
})
