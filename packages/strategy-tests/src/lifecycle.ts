import { memoryBlocks } from '@worldswitch/devices'
import { type Host, runVms, type VcpuSnapshot, type Vm } from '@worldswitch/hypervisor'
import { describe, expect, test } from 'vitest'
import { ASK_DISK, prepareDisk } from './disk-program.ts'
import type { StrategyKit } from './strategy-kit.ts'
import { memoryOf, POWEROFF, SET_TIMER, SPIN } from './strategy-kit.ts'

/** Maps itself, touches 64 pages, prints what it finds in each (nothing) and what time it is: 0, by its first digit. */
const program = `
  li s0, 0x80380000
  li t0, 0x200000cf
  sd t0, 16(s0)
  li t0, 0xc7
  sd t0, 0(s0)
  li t0, 0x8000000000080380
  csrw satp, t0
  sfence.vma
  csrr s1, sscratch
  csrwi sscratch, 7
  li s2, 0x80300000
  li s3, 0x80340000
  li t1, 0x1000
touch:
  ld t0, 0(s2)
  add s1, s1, t0
  sd s2, 0(s2)
  add s2, s2, t1
  bltu s2, s3, touch
  rdtime t0
  srli t0, t0, 14
  add s1, s1, t0
  li t0, 0x10000000
  addi s1, s1, 65
  sb s1, 0(t0)
  li t1, 0x2000
  csrs sstatus, t1
  fmv.d.x f1, s2
  lbu t1, 7(t0)
  addi t1, t1, 97
  sb t1, 0(t0)
  li t1, 5
  sb t1, 7(t0)
`

/** A VM can be paused, resumed, reset and destroyed at any time. */
export function testLifecycle(kit: StrategyKit): void {
  const { guest, smallHost } = kit
  const WFI = '1: wfi\nj 1b'
  /** Runs one alone, but not for ever. */
  const finish = (vm: Vm) => runVms(vm.host, [vm], { cycles: 20_000_000 })
  const inUse = ({ frames, asidsInUse, vmidsInUse }: Host) => [frames.used, asidsInUse, vmidsInUse]
  const statesOf = (vm: Vm): VcpuSnapshot[] => vm.vcpus.map(({ state }) => state.snapshot())

  describe('a VM that is paused', () => {
    test('does nothing and has no time, beside one that goes on', () => {
      const host = smallHost(2)
      const { vm } = guest(host, SPIN)
      const other = guest(host, SPIN).vm
      runVms(host, [vm, other], { cycles: 100_000 })
      vm.pause()
      vm.pause()
      const before = [vm.time(), statesOf(vm), vm.ledger.totals()]
      expect(runVms(host, [vm, other], { cycles: 3_000_000 })).toBe('budget')
      expect([vm.time(), statesOf(vm), vm.ledger.totals()]).toEqual(before)
      expect(vm.state).toBe('paused')
      expect(vm.run(Number.POSITIVE_INFINITY)).toBe('paused')
      expect(() => vm.enter(vm.vcpus[0]!, 1)).toThrow('paused')
      vm.resume()
      vm.resume()
      runVms(host, [vm, other], { cycles: 3_000_000 })
      const { directInstructions } = vm.ledger
      expect(directInstructions).toBeGreaterThan(1_000_000)
      // Both had the hart in turns, but the first only for half of the time.
      expect(other.time()).toBeGreaterThan(vm.time() + 29_000)
    })

    test('does not keep the host from its other VMs’ timers, nor wake it', () => {
      const host = smallHost()
      const asleep = `li x5, 0x20\ncsrw sie, x5\nrdtime a0\nli a1, 5000\nadd a0, a0, a1\n${SET_TIMER}\n`
      const { vm } = guest(host, `${asleep}${WFI}`)
      expect(runVms(host, [vm], { cycles: 100_000 })).toBe('budget')
      vm.pause()
      expect(runVms(host, [vm], { cycles: 10_000_000 })).toBe('idle')
      expect(host.cycles).toBe(100_000)
      vm.resume()
      const deadline = vm.wakeAt
      expect(deadline).toBeGreaterThan(400_000)
    })

    test('sleeps as long as it wanted to, by its own time', () => {
      const host = smallHost(2)
      const { vm, text } = guest(
        host,
        `li x5, 0x20
        csrw sie, x5
        rdtime s0
        li a1, 5000
        add s1, s0, a1
        mv a0, s1
        ${SET_TIMER}
        wfi
        rdtime t0
        sub t0, t0, s1
        li t1, 2000
        bltu t0, t1, good
        ${SPIN}
      good:
        li t0, 0x10000000
        li t1, 33
        sb t1, 0(t0)
        ${POWEROFF}`,
      )
      const other = guest(host, SPIN).vm
      runVms(host, [vm, other], { cycles: 200_000 })
      expect(vm.state).toBe('waiting')
      vm.pause()
      runVms(host, [vm, other], { cycles: 50_000_000 })
      vm.resume()
      runVms(host, [vm, other], { cycles: 250_000 })
      expect(vm.ended).toBeUndefined()
      runVms(host, [vm, other], { cycles: 300_000 })
      expect(vm.ended?.reason).toBe('poweroff')
      expect(text()).toBe('!')
    })

    test('from its own console stops there, and takes input meanwhile', () => {
      const host = smallHost()
      let text = ''
      const { vm } = guest(
        host,
        `li t0, 0x10000000
        li t1, 65
        sb t1, 0(t0)
      again:
        lbu t2, 5(t0)
        andi t2, t2, 1
        beqz t2, again
        lbu t1, 0(t0)
        sb t1, 0(t0)
        ${POWEROFF}`,
        {
          output: (byte) => {
            text += String.fromCharCode(byte)
            vm.pause()
          },
        },
      )
      expect(finish(vm)).toBe('idle')
      expect(text).toBe('A')
      expect(vm.ledger.exits('mmioRead')).toBe(0)
      expect(vm.input(Uint8Array.of(66))).toBe(1)
      vm.resume()
      expect(finish(vm)).toBe('idle')
      vm.resume()
      expect(finish(vm)).toBe('ended')
      expect(text).toBe('AB')
    })

    test('again and again ends as one that never was', () => {
      const run = (pauses: boolean) => {
        const host = smallHost(2)
        const { vm, text } = guest(host, `${program}${POWEROFF}`)
        const other = guest(host, SPIN).vm
        while (vm.ended === undefined && host.cycles < 20_000_000) {
          vm.run(host.cycles + 700)
          if (pauses) {
            vm.pause()
            other.run(host.cycles + 5000)
            vm.resume()
          }
        }
        return [text(), statesOf(vm), memoryOf(vm).toString('hex')]
      }
      expect(run(true)).toEqual(run(false))
    })
  })

  describe('a VM that is reset', () => {
    test('at any moment boots as at first, with all that it had given back', () => {
      const host = smallHost()
      const { vm, text } = guest(host, `${program}${POWEROFF}`, { vcpus: 2 })
      const fresh = [vm.memory.resident, statesOf(vm), vm.time()]
      expect(finish(vm)).toBe('ended')
      const once = text()
      expect(once).toBe('Aa')
      const final = statesOf(vm)
      const memory = memoryOf(vm)
      for (let cycles = 0; cycles < 80_000; cycles += 1777) {
        vm.reset()
        expect([vm.memory.resident, statesOf(vm), vm.time()]).toEqual(fresh)
        expect(inUse(host)).toEqual([vm.memory.resident / 4096, 0, 0])
        vm.run(host.cycles + cycles)
      }
      vm.reset()
      expect(vm.ended).toBeUndefined()
      const before = text().length
      expect(finish(vm)).toBe('ended')
      expect(text().slice(before)).toBe(once)
      expect(statesOf(vm)).toEqual(final)
      expect(memoryOf(vm).equals(memory)).toBe(true)
    })

    test.each([
      ['powered off', POWEROFF, 'poweroff'],
      ['asked for it', `li a7, 0x53525354\nli a6, 0\nli a0, 1\nli a1, 0\necall`, 'reset'],
      ['failed', 'li t0, 0x100000\nli t1, 0x13333\nsw t1, 0(t0)', 'failed'],
    ])('after it %s does so again', (_name, source, reason) => {
      const host = smallHost()
      const { vm } = guest(host, source)
      for (let round = 0; round < 3; round++) {
        expect(finish(vm)).toBe('ended')
        expect(vm.ended?.reason).toBe(reason)
        vm.reset()
        expect(vm.state).toBe('running')
      }
    })

    test('from its own console begins anew, when the instruction is carried out', () => {
      const host = smallHost()
      let text = ''
      const { vm } = guest(host, `${program}${POWEROFF}`, {
        output: (byte) => {
          text += String.fromCharCode(byte)
          if (text.length <= 10) vm.reset()
        },
      })
      expect(finish(vm)).toBe('ended')
      expect(text).toBe(`${'A'.repeat(10)}Aa`)
    })

    test('after its embedder’s callback threw begins anew, and what it did is paid for', () => {
      const host = smallHost()
      let text = ''
      const { vm } = guest(host, `${program}${POWEROFF}`, {
        budget: 1_000_000,
        output: (byte) => {
          text += String.fromCharCode(byte)
          if (text.length === 1) throw new Error('no paper')
        },
      })
      expect(() => vm.run(Number.POSITIVE_INFINITY)).toThrow('no paper')
      expect(vm.budget).toBeLessThan(1_000_000)
      vm.reset()
      expect(vm.time()).toBe(0)
      expect(finish(vm)).toBe('ended')
      expect(text).toBe('AAa')
    })

    test('while a device wants to interrupt it begins without the wish', () => {
      const host = smallHost()
      const { vm, text } = guest(
        host,
        `li t0, 0x0c001000
        lw t1, 0(t0)
        snez t1, t1
        addi t1, t1, 48
        li t0, 0x10000000
        sb t1, 0(t0)
        li t1, 1
        sb t1, 1(t0)
        ${SPIN}`,
      )
      runVms(host, [vm], { cycles: 50_000 })
      vm.input(Uint8Array.of(65))
      vm.reset()
      runVms(host, [vm], { cycles: 50_000 })
      expect(text()).toBe('00')
    })

    test('while it is paused stays so, and begins at time 0', () => {
      const host = smallHost()
      const { vm, text } = guest(host, `${program}${POWEROFF}`)
      vm.run(500)
      vm.pause()
      vm.reset()
      host.cycles += 10_000_000
      expect([vm.state, vm.time()]).toEqual(['paused', 0])
      vm.resume()
      expect(finish(vm)).toBe('ended')
      expect(text()).toBe('Aa')
    })

    test('while its disk works gets nothing of what it asked for before', async () => {
      let answer: () => void = () => {}
      const memory = memoryBlocks(new Uint8Array(64 * 512).fill(90))
      const backend = {
        sectors: memory.sectors,
        readOnly: false,
        read: (sector: number, target: Uint8Array) =>
          new Promise<void>((resolve) => {
            answer = () => {
              memory.read(sector, target)
              resolve()
            }
          }),
        write() {},
        flush() {},
      }
      const host = smallHost()
      const { vm } = guest(host, `${prepareDisk(1, 512)}\n${ASK_DISK}${WFI}`, { disks: [backend] })
      expect(finish(vm)).toBe('idle')
      expect(vm.diskRequests).toBe(1)
      vm.reset()
      const { resident } = vm.memory
      const before = statesOf(vm)
      answer()
      await new Promise((resolve) => setTimeout(resolve))
      expect(vm.diskRequests).toBe(0)
      expect([vm.memory.resident, statesOf(vm)]).toEqual([resident, before])
    })

    test('for which the host has no memory any more has ended, until there is some', () => {
      const host = smallHost()
      const { vm, text } = guest(host, `${program}${POWEROFF}`)
      vm.run(500)
      vm.reset()
      const taken = []
      for (let frame = host.frames.allocate(); frame !== undefined; frame = host.frames.allocate())
        taken.push(frame)
      // Its own frames are given back first; now they are another's.
      vm.memory.clear()
      while (host.frames.available > 0) taken.push(host.frames.allocate()!)
      expect(() => vm.reset()).toThrow(expect.objectContaining({ code: 'host-memory' }))
      expect(vm.ended?.reason).toBe('out-of-memory')
      for (const frame of taken) host.frames.release(frame)
      vm.reset()
      expect(finish(vm)).toBe('ended')
      expect(text()).toBe('Aa')
    })
  })

  describe('a VM that is destroyed', () => {
    test('at any moment leaves nothing, and others as they were', () => {
      const host = smallHost(3)
      const stays = guest(host, `${program}${SPIN}`)
      runVms(host, [stays.vm], { cycles: 100_000 })
      const before = inUse(host)
      for (let cycles = 0; cycles < 80_000; cycles += 1777) {
        const { vm } = guest(host, `${program}${POWEROFF}`, { vcpus: 2 })
        vm.run(host.cycles + cycles)
        if (cycles % 2 === 0) vm.pause()
        vm.destroy()
        vm.destroy()
        expect(vm.state).toBe('ended')
        expect(inUse(host)).toEqual(before)
        expect(() => vm.reset()).toThrow('destroyed')
      }
      const time = stays.vm.time()
      expect(runVms(host, [stays.vm], { cycles: 100_000 })).toBe('budget')
      expect(stays.vm.time()).toBeGreaterThan(time)
      stays.vm.destroy()
      expect(inUse(host)).toEqual([0, 0, 0])
    })
  })
}
