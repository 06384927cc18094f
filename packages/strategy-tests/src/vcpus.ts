import { hartExtensions } from '@worldswitch/cpu'
import { runVms } from '@worldswitch/hypervisor'
import { PROGRAM_ENTRY } from '@worldswitch/hypervisor/conformance'
import { assemble } from '@worldswitch/isa'
import { createMachine } from '@worldswitch/machine'
import { describe, expect, test } from 'vitest'
import type { StrategyKit } from './strategy-kit.ts'
import { POWEROFF, RAM, sbi } from './strategy-kit.ts'

/** Several vCPUs in one VM do what several harts do. */
export function testVcpus(kit: StrategyKit): void {
  const { guest, smallHost } = kit
  const HSM = 0x48534d
  const IPI = 0x735049
  const RFENCE = 0x52464e43

  /** 3000 AMOs on one counter at s0, and as many LR/SC on another; uses s1, t0 to t3. */
  const countUp = (label: string): string => `
    li s1, 3000
  ${label}:
    li t0, 1
    amoadd.d x0, t0, (s0)
    addi t2, s0, 8
  ${label}_retry:
    lr.d t1, (t2)
    addi t1, t1, 1
    sc.d t3, t1, (t2)
    bnez t3, ${label}_retry
    addi s1, s1, -1
    bnez s1, ${label}`

  /** Prints a1 as sixteen letters; uses a1, t5, t6. */
  const print = (label: string): string => `
${label}:
  li t6, 16
${label}_digit:
  srli t5, a1, 60
  addi t5, t5, 65
  li t4, 0x10000000
  sb t5, 0(t4)
  slli a1, a1, 4
  addi t6, t6, -1
  bnez t6, ${label}_digit
  li t5, 32
  sb t5, 0(t4)
  ret
`

  /** What a program prints on the bare machine with so many harts, which have no more than a vCPU has: no H. */
  function bare(program: string, harts: number): string {
    let text = ''
    const { bytes } = assemble(program, { origin: BigInt(PROGRAM_ENTRY) })
    const machine = createMachine({
      kernel: { format: 'raw', bytes, address: PROGRAM_ENTRY },
      ram: RAM,
      harts,
      hart: { extensions: hartExtensions.filter((name) => name !== 'H') },
      console: { output: (out) => (text += Buffer.from(out).toString('latin1')) },
    })
    expect(machine.runSlice(20_000_000).reason).toBe('poweroff')
    return text
  }

  /** What it prints in a VM with so many vCPUs. */
  function virtual(program: string, vcpus: number): string {
    const host = smallHost()
    const { vm, text } = guest(host, program, { vcpus })
    expect(runVms(host, [vm], { cycles: 500_000_000 })).toBe('ended')
    expect(vm.ended?.reason).toBe('poweroff')
    return text()
  }

  describe.each([
    [
      'calls with arguments that make no sense',
      `
    la s0, cases
    la s1, ends
  next:
    ld a7, 0(s0)
    ld a6, 8(s0)
    ld a0, 16(s0)
    ld a1, 24(s0)
    ld a2, 32(s0)
    ld a3, 40(s0)
    ld a4, 48(s0)
    ecall
    mv s2, a1
    mv a1, a0
    call put
    mv a1, s2
    call put
    addi s0, s0, 56
    bltu s0, s1, next
    ${POWEROFF}
    ${print('put')}
    .align 3
    cases:
    ${[
      [HSM, 0, 1, 0x80200001n, 0, 0, 0],
      [HSM, 0, 1, 0x8000_0000n + BigInt(RAM), 0, 0, 0],
      [HSM, 0, 1, -2n, 0, 0, 0],
      [HSM, 0, 1, 0x10000000n, 0, 0, 0],
      [HSM, 0, 2, 0x80200000n, 0, 0, 0],
      [HSM, 0, -1, 0x80200000n, 0, 0, 0],
      [HSM, 0, 0, 0x80200000n, 0, 0, 0],
      [HSM, 2, 1, 0, 0, 0, 0],
      [HSM, 2, 2, 0, 0, 0, 0],
      [HSM, 3, 0x8000_0000n, 0x80200001n, 0, 0, 0],
      [HSM, 3, 7, 0, 0, 0, 0],
      [IPI, 0, -1, 0, 0, 0, 0],
      [IPI, 0, 2, -1, 0, 0, 0],
      [IPI, 0, 3, 1, 0, 0, 0],
      [RFENCE, 0, 3, 0, 0, 0, 0],
      [RFENCE, 1, 3, 0, 0, 0, 0],
      [RFENCE, 1, 0, -1, -1, -1, 0],
      [RFENCE, 1, 0, -1, -4096, 4096, 0],
      [RFENCE, 1, 0, -1, -4096, 4097, 0],
      [RFENCE, 1, 0, -1, 1, -2, 0],
      [RFENCE, 2, 0, -1, 0x1234, 0x40000, -1],
      [RFENCE, 2, 0, -1, -1, 1, 0x10000],
      [RFENCE, 3, 0, -1, 0, 0, 0],
      [0x4442434e, 0, 10, 0x803fffffn, 0, 0, 0],
      [0x4442434e, 0, -1, 0x80300000n, 0, 0, 0],
      [0x4442434e, 1, 10, 0x80300000n, 0, 0, 0],
      [0x4442434e, 1, 10, 0x80300000n, 1, 0, 0],
      [0x4442434e, 7, 0, 0, 0, 0, 0],
      [0x10, 3, RFENCE, 0, 0, 0, 0],
      [0x54494d45, 0, -1, 0, 0, 0, 0],
      [-1, -1, -1, -1, -1, -1, -1],
    ]
      .flat()
      .map((value) => `.dword ${BigInt.asUintN(64, BigInt(value))}`)
      .join('\n')}
    ends:`,
    ],
    [
      'a second hart that is started, counts, and stops',
      `
    li a0, 1
    la a1, other
    li a7, ${HSM}
    li a6, 0
    ecall
    mv s3, a0
    la s0, box
    ${countUp('mine')}
  until:
    ld t0, 16(s0)
    beqz t0, until
  stopped:
    ${sbi(HSM, 2, 1)}
    li t0, 1
    bne a1, t0, stopped
    mv a1, s3
    call put
    ld a1, 0(s0)
    call put
    ld a1, 8(s0)
    call put
    ld a1, 24(s0)
    call put
    ${POWEROFF}
  other:
    la s0, box
    sd a0, 24(s0)
    ${countUp('theirs')}
    li t0, 1
    sd t0, 16(s0)
    ${sbi(HSM, 1)}
  never: j never
    ${print('put')}
    .align 3
    box: .dword 0
    .dword 0
    .dword 0
    .dword 0`,
    ],
    [
      'a mapping that one hart changes, and fences on the other',
      `
    # Gigapage 2 is this code; 0x4000_0000 is one 2 MiB page, first at 0x8000_0000 then at 0x8020_0000.
    li s0, 0x80300000
    li t0, 0x200000cf
    sd t0, 16(s0)
    li t0, 0x200c0401
    sd t0, 8(s0)
    li t0, 0xc7
    sd t0, 0(s0)
    li s1, 0x80301000
    li t0, 0x200000cf
    sd t0, 0(s1)
    li t0, 0x8000000000080300
    csrw satp, t0
    sfence.vma
    li t0, 0x80380000
    li t1, 0x1111
    sd t1, 0(t0)
    li t0, 0x80180000
    li t1, 0x2222
    sd t1, 0(t0)
    li a0, 1
    la a1, other
    li a7, ${HSM}
    li a6, 0
    ecall
    la s2, box
    li s3, 12
  change:
    # Wait for the other's answer, then move the page.
    ld t0, 0(s2)
    andi t1, t0, 1
    beqz t1, change
    ld a1, 8(s2)
    call put
    li t2, 0x80000
    andi t1, s3, 1
    li t0, 0x200000cf
    bnez t1, keep
    add t0, t0, t2
  keep:
    sd t0, 0(s1)
    li a0, 2
    li a1, 0
    li a2, 0x40100000
    li a3, 4096
    li a4, 0
    li a7, ${RFENCE}
    andi a6, s3, 2
    srli a6, a6, 1
    addi a6, a6, 1
    ecall
    # An IPI lets the other go on.
    ld t0, 0(s2)
    addi t0, t0, 1
    sd t0, 0(s2)
    ${sbi(IPI, 0, 2, 0)}
    addi s3, s3, -1
    bnez s3, change
    ${POWEROFF}
  other:
    li t0, 0x8000000000080300
    csrw satp, t0
    li t0, 2
    csrw sie, t0
    la s2, box
  answer:
    li t0, 0x40180000
    ld t1, 0(t0)
    sd t1, 8(s2)
    ld t0, 0(s2)
    addi t0, t0, 1
    sd t0, 0(s2)
    wfi
    csrci sip, 2
    j answer
    ${print('put')}
    .align 3
    box: .dword 0
    .dword 0`,
    ],
  ])('%s', (_name, program) => {
    test('are the same on two harts and on two vCPUs', () => {
      const expected = bare(program, 2)
      expect(expected).not.toBe('')
      expect(virtual(program, 2)).toBe(expected)
    })
  })

  const BOX = 0x8030_0000

  test('what one vCPU reserved, a store of another takes away', () => {
    // Both vCPUs run on one hart: vCPU 0 is interrupted between LR and SC for as long as vCPU 1 needs to store.
    const host = smallHost()
    const { vm } = guest(
      host,
      `
    li a0, 1
    la a1, other
    li a7, ${HSM}
    li a6, 0
    ecall
    li s0, ${BOX}
    li t0, 7
    lr.d t1, (s0)
  wait:
    ld t2, 8(s0)
    beqz t2, wait
    sc.d t3, t0, (s0)
    sd t3, 16(s0)
    ${POWEROFF}
  other:
    li s0, ${BOX}
    li t0, 9
    sd t0, 0(s0)
    sd t0, 8(s0)
  spin: j spin
  `,
      { vcpus: 2 },
    )
    expect(runVms(host, [vm], { cycles: 10_000_000 })).toBe('ended')
    const box = new BigUint64Array(3)
    vm.memory.read(BOX, new Uint8Array(box.buffer))
    // The store stays, and SC says that it failed.
    expect([...box]).toEqual([9n, 9n, 1n])
  })
}
