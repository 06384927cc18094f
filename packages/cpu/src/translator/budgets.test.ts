import { describe, expect, test } from 'vitest'
import { SUM } from '../../test/assembly.ts'
import { board, Csr, snapshot } from '../../test/board.ts'

/** Loops, calls, recursion, accesses, a switch, atomics and traps; over and over. */
const PROGRAM = `
  la t0, trap
  csrw mtvec, t0
  li sp, 0x80180000
  la s1, data
start:
  li s0, 5
  j loop
trap:
  csrr t5, mcause
  bltz t5, interrupt
  csrr t5, mepc
  addi t5, t5, 4
  csrw mepc, t5
  mret
interrupt:
  csrw mie, zero
  addi s11, s11, 1
  mret
.balign 4096
loop:
  sd s0, 0(s1)
  li a0, 4
  jal sum
  add a2, a2, a0
  li a1, 3
inner:
  lw a3, 4(s1)
  amoadd.d a4, a1, (s1)
  addi a1, a1, -1
  bnez a1, inner
  andi t1, s0, 1
  beqz t1, even
  ld x0, 1(s1)
  ecall
even:
  andi t1, s0, 3
  slli t1, t1, 3
  la t2, cases
  add t1, t1, t2
  jr t1
cases:
  addi a5, a5, 1
  j chosen
  addi a5, a5, 2
  j chosen
  xor a5, a5, a2
  j chosen
  slli a5, a5, 1
  j chosen
chosen:
  addi s0, s0, -1
  bnez s0, loop
  la t1, start
  jr t1
${SUM}
.balign 4096
data: .dword 0, 0`
const MOST = 560

/** The state of the interpreter after every number of steps. */
function states(interruptAt = -1): Record<string, unknown>[] {
  const { hart } = board(PROGRAM)
  return Array.from({ length: MOST }, (_, step) => {
    if (step === interruptAt) hart.writeCsr(Csr.mie, 8n)
    if (step > 0) hart.run(1)
    return snapshot(hart)
  })
}

/** A translator's hart that has translated all of the program, at its start again. */
function warm() {
  const { hart, program } = board(PROGRAM, { engine: 'translator' })
  const initial = hart.saveState()
  for (let step = 0; step < MOST; step++) hart.run(1)
  hart.run(2000)
  return () => {
    hart.loadState(initial)
    hart.pc = program.symbols.get('start')! & ~0xfffn
    return hart
  }
}

/** TLB misses are left out: what was translated stays, and so does its page in the TLB. */
const comparable = ({ counters, ...state }: Record<string, unknown>) => ({
  ...state,
  counters: { ...(counters as object), tlbMisses: 0, walkReferences: 0 },
})

describe('a translated program', () => {
  const again = warm()
  test('is where the interpreter is after any number of steps', () => {
    for (const [steps, state] of states().entries()) {
      const hart = again()
      expect(hart.run(steps)).toEqual({ reason: 'budget', steps })
      expect({ steps, ...comparable(snapshot(hart)) }).toEqual({ steps, ...comparable(state) })
    }
  })

  test('is where the interpreter is, in two calls', () => {
    const state = comparable(states()[MOST - 1]!)
    for (let first = 1; first < MOST - 1; first++) {
      const hart = again()
      hart.run(first)
      hart.run(MOST - 1 - first)
      expect({ first, ...comparable(snapshot(hart)) }).toEqual({ first, ...state })
    }
  })

  test('takes an interrupt at every boundary', () => {
    for (let first = 0; first < MOST - 60; first += 3) {
      const run = (hart: ReturnType<typeof again>) => {
        hart.setInterruptLine(3, true)
        hart.writeCsr(Csr.mstatus, 0x8n)
        hart.run(first)
        hart.writeCsr(Csr.mie, 8n)
        hart.run(59)
        return comparable(snapshot(hart))
      }
      expect({ first, ...run(again()) }).toEqual({ first, ...run(board(PROGRAM).hart) })
    }
  })
})
