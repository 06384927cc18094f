import { runVms } from '@worldswitch/hypervisor'
import { expect, test } from 'vitest'
import type { StrategyKit } from './strategy-kit.ts'
import { memoryOf, POWEROFF, SKIP_FAULTS, TOUCH_ALL } from './strategy-kit.ts'

/** What one VM does is nothing to another. */
export function testIsolation(kit: StrategyKit): void {
  const { guest, smallHost } = kit
  /** Fills a megabyte, then sums it up again and again, printing each sum. */
  const victim = `
  li x5, 0x80300000
  li x6, 0x80380000
  li x7, 0x9e3779b97f4a7c15
  mv x8, x7
fill:
  sd x8, 0(x5)
  add x8, x8, x7
  addi x5, x5, 8
  bltu x5, x6, fill
  li x9, 6
again:
  li x5, 0x80300000
  li x10, 0
sum:
  ld x11, 0(x5)
  xor x10, x10, x11
  slli x12, x10, 7
  srli x10, x10, 57
  or x10, x10, x12
  addi x5, x5, 8
  bltu x5, x6, sum
  li x13, 16
  li x14, 0x10000000
digit:
  srli x15, x10, 60
  addi x15, x15, 65
  sb x15, 0(x14)
  slli x10, x10, 4
  addi x13, x13, -1
  bnez x13, digit
  addi x9, x9, -1
  bnez x9, again
${POWEROFF}`

  /** Writes to every page of the first 8 GiB, to far addresses, and through page tables that point everywhere. */
  const attacker = `
  la x5, skip
  csrw stvec, x5
  li x6, 0xdeadbeefdeadbeef
  li x5, 0
  li x7, 0x200000000
  li x8, 0x40000
everywhere:
  sd x6, 0(x5)
  add x5, x5, x8
  bltu x5, x7, everywhere
  # Every page of what may be host memory, except the page that this runs from.
  li x5, 0x80400000
  li x7, 0x81400000
  li x8, 0x1000
host:
  sd x6, 0(x5)
  add x5, x5, x8
  bltu x5, x7, host
  # A root table whose entry i is a gigapage at i GiB, all permissions; this code stays mapped at entry 2.
  li x5, 0x80300000
  li x7, 0x80301000
  li x9, 0xcf
  li x10, 0x10000000
entries:
  sd x9, 0(x5)
  add x9, x9, x10
  addi x5, x5, 8
  bltu x5, x7, entries
  li x5, 0x8000000000080300
  csrw satp, x5
  sfence.vma
  li x5, 0x80400000
  li x7, 0x4000000000
  li x8, 0x1000400
mapped:
  sd x6, 0(x5)
  ld x11, 0(x5)
  add x5, x5, x8
  bltu x5, x7, mapped
${POWEROFF}${SKIP_FAULTS}`

  test('a guest that writes to every address it can changes nothing of another', () => {
    const aloneHost = smallHost()
    const alone = guest(aloneHost, victim)
    expect(runVms(aloneHost, [alone.vm])).toBe('ended')
    expect(alone.text()).toMatch(/^([A-P]{16})\1{5}$/)

    const host = smallHost(2)
    const hostile = guest(host, attacker)
    const beside = guest(host, victim)
    expect(runVms(host, [hostile.vm, beside.vm], { slice: 20_000 })).toBe('ended')
    expect(hostile.vm.ended).toEqual({ reason: 'poweroff', code: 0 })
    expect(beside.text()).toBe(alone.text())
    expect(memoryOf(beside.vm).equals(memoryOf(alone.vm))).toBe(true)
    expect(beside.vm.vcpus[0].state.snapshot()).toEqual(alone.vm.vcpus[0].state.snapshot())
    // They really took turns: the attacker was at work while the victim ran.
    expect(hostile.vm.ledger.exits('mmioWrite')).toBeGreaterThan(10_000)
  })

  test('what a VM leaves behind in its frames no later VM sees', () => {
    const host = smallHost()
    const first = guest(host, victim)
    runVms(host, [first.vm])
    first.vm.destroy()
    expect(host.frames.used).toBe(0)
    const { vm } = guest(host, POWEROFF)
    const page = new Uint8Array(4096)
    vm.memory.read(0x8030_0000, page)
    expect(page.every((byte) => byte === 0)).toBe(true)
  })

  test('a host that runs out of memory ends the VMs that need more, not those that have enough', () => {
    const host = smallHost()
    const greedy = Array.from({ length: 7 }, () => guest(host, TOUCH_ALL).vm)
    const modest = guest(host, POWEROFF).vm
    expect(runVms(host, [modest, ...greedy])).toBe('ended')
    expect(modest.ended?.reason).toBe('poweroff')
    const reasons = greedy.map((vm) => vm.ended?.reason)
    expect(new Set(reasons)).toEqual(new Set(['poweroff', 'out-of-memory']))
  })

  test('a VM that spins costs the other nothing but its turns', () => {
    const host = smallHost(2)
    const spinner = guest(host, 'spin: j spin').vm
    const worker = guest(host, victim)
    expect(runVms(host, [spinner, worker.vm], { cycles: 100_000_000 })).toBe('budget')
    expect(worker.vm.ended?.reason).toBe('poweroff')
    expect(spinner.ended).toBeUndefined()
  })
}
