import { memoryBlocks } from '@worldswitch/devices'
import { runVms } from '@worldswitch/hypervisor'
import { describe, expect, test } from 'vitest'
import { ASK_DISK, prepareDisk } from './disk-program.ts'
import type { StrategyKit } from './strategy-kit.ts'
import { POWEROFF, SKIP_FAULTS, SPIN, sbi } from './strategy-kit.ts'

/** Goes on after whatever faults. */
const SKIP = `
  la x5, skip
  csrw stvec, x5
  j begin
${SKIP_FAULTS}
begin:`

/** Translation on, all of memory in one entry. */
const PAGED = `
  li x5, 0x80300000
  li x6, 0x200000cf
  sd x6, 16(x5)
  li x5, 0x8000000000080300
  csrw satp, x5
  li x8, 0x80310000`

const again = (body: string): string => `1:\n${body}\nj 1b`

/** VMs that do what costs a monitor most, for ever. */
const hostile: readonly (readonly [name: string, program: string])[] = [
  ['spins', SPIN],
  ['faults in its own handler', 'csrw stvec, x0\n.word 0xffffffff'],
  ['has no code where its handler should be', 'li x5, 0x123456789000\ncsrw stvec, x5\nebreak'],
  ['jumps anywhere', `${SKIP}\n${again('li x6, 0x7ffffff000\njalr x1, 0(x6)')}`],
  ['executes illegal instructions', `${SKIP}\n${again('.word 0xffffffff')}`],
  ['touches what it may not', `${SKIP}\n${again('ld x6, 0(x0)\ncsrr x6, mstatus\nebreak')}`],
  ['waits for what is pending', `csrwi sie, 2\ncsrwi sip, 2\n${again('wfi')}`],
  ['writes to its console', `li x5, 0x10000000\n${again('sb x5, 0(x5)')}`],
  ['claims interrupts', `li x5, 0x0c201004\n${again('lw x6, 0(x5)\nsw x6, 0(x5)')}`],
  ['resets and kicks a virtio slot', `li x5, 0x10001000\n${again('sw x0, 0x70(x5)\nsw x0, 0x50(x5)')}`],
  ['calls its firmware', again(sbi(0x10, 0))],
  ['prints by its firmware', again(sbi(0x4442434e, 0, 4096, 0x80200000, 0))],
  ['sets its timer', again(sbi(0x54494d45, 0, 0))],
  ['interrupts itself', again(`${sbi(0x735049, 0, 1, 0)}\ncsrci sip, 2`)],
  ['fences by its firmware', again(sbi(0x52464e43, 1, 1, 0, 0x1000, 0x40000))],
  ['reads its disk', `${prepareDisk(4, 4096)}\n${again(ASK_DISK)}`],
  ['reads megabytes at once', `${prepareDisk(62, 65_536)}\n${again(ASK_DISK)}`],
  ['fences an address in a large page', `${PAGED}\n${again('sfence.vma x8\nld x7, 0(x8)')}`],
  ['selects its address space', `${PAGED}\n${again('csrw satp, x5')}`],
  ['fences', `${PAGED}\n${again('sfence.vma\nld x7, 0(x8)')}`],
  [
    'changes its address space',
    `${PAGED}\nmv x9, x0\n${again('csrw satp, x9\ncsrw satp, x5\nld x7, 0(x8)')}`,
  ],
  ['changes its own code', `la x5, 2f\nlw x6, 0(x5)\n${again('sw x6, 0(x5)\nfence.i\n2: addi x7, x7, 1')}`],
]

const SLICE = 20_000
const WORK = 300_000

/** A VM costs the others its weight, whatever it does. */
export function testFlooding(kit: StrategyKit): void {
  const { guest, smallHost } = kit
  const work = `li x5, ${WORK / 2}\n1: addi x5, x5, -1\nbnez x5, 1b\n${POWEROFF}`

  describe('beside a VM that', () => {
    test.each(hostile)('%s, another one has its part of the hart', (_name, program) => {
      const host = smallHost(2)
      const { vm } = guest(host, program, { weight: 100, disks: [memoryBlocks(new Uint8Array(2 ** 22))] })
      const victim = guest(host, work, { weight: 100 }).vm
      const options = { slice: SLICE, period: 10 * SLICE, cycles: SLICE }
      while (victim.ended === undefined && host.cycles < 10 * WORK) runVms(host, [vm, victim], options)
      expect(victim.ended?.reason).toBe('poweroff')
      expect(vm.ended).toBeUndefined()
      // Its work, as much again for the other, the exits of its turns, and what a turn more or less makes.
      expect(host.cycles).toBeLessThan(2 * WORK * 1.05 + 3 * SLICE)
      expect(host.cycles - victim.ledger.virtualCycles).toBeLessThan(WORK * 1.05 + 3 * SLICE)
    })
  })
}
