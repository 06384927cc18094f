import { memoryBlocks, virtioConsole } from '@worldswitch/devices'
import { runVms } from '@worldswitch/hypervisor'
import { instructions } from '@worldswitch/isa'
import { userNetwork } from '@worldswitch/network'
import { describe, expect, test } from 'vitest'
import type { StrategyKit } from './strategy-kit.ts'
import { random } from './strategy-kit.ts'

/** Guests that are random, or mean harm, harm no one. */
export function testHostile(kit: StrategyKit): void {
  const { guest, smallHost } = kit
  /** Set it to run more of them. */
  const RUNS = Number(process.env.HOSTILE_RUNS ?? 25)
  const CYCLES = 3_000_000
  const seeds = Array.from({ length: RUNS }, (_, index) => index + 1)

  /** Runs a hostile guest within its budget and looks that nothing of the host was reached. */
  function runHostile(program: string | Uint8Array, hasDevices = false): void {
    const host = smallHost()
    const devices = hasDevices && {
      disks: [memoryBlocks(new Uint8Array(64 * 512))],
      networks: [{ backend: userNetwork() }],
      virtio: [virtioConsole({ output() {} })],
      rng: true,
    }
    const { vm } = guest(host, program, { ...devices })
    const end = runVms(host, [vm], { cycles: CYCLES })
    expect(['ended', 'idle', 'budget']).toContain(end)
    // Late by the exit that was under way, no more.
    expect(host.cycles).toBeLessThan(CYCLES + 100_000)
    expect(host.hart.privilege).toBe('U')
    vm.destroy()
    expect(host.frames.used).toBe(0)
  }

  describe('a kernel that is', () => {
    test.each(seeds)('random bytes, seed %i', (seed) => {
      const roll = random(seed)
      runHostile(Uint8Array.from({ length: 0x4000 }, () => roll(256)))
    })

    test.each(seeds)('random instructions, seed %i', (seed) => {
      const roll = random(seed * 7919)
      const bytes = new Uint8Array(0x4000)
      const view = new DataView(bytes.buffer)
      for (let at = 0; at + 4 <= bytes.length; ) {
        const { match, mask, length } = instructions[roll(instructions.length)]
        const noise = (roll(0x1_0000) << 16) | roll(0x1_0000)
        const word = (match | (noise & ~mask)) >>> 0
        if (length === 2) view.setUint16(at, word & 0xffff, true)
        else view.setUint32(at, word, true)
        at += length
      }
      runHostile(bytes)
    })
  })

  const SKIP = `
.align 2
skip:
  csrr x31, scause
  li x30, 12
  beq x31, x30, end
  csrr x31, sepc
  addi x31, x31, 4
  csrw sepc, x31
  sret
end:
  csrw satp, x0
  j end
`

  test.each(seeds)('page tables that point everywhere, seed %i', (seed) => {
    const roll = random(seed * 104_729)
    const mode = 8 + roll(3)
    const lines = ['la x5, skip', 'csrw stvec, x5']
    // Two pages of tables full of noise, each also reachable from the other, and entries that keep this code mapped.
    const entry = (): string => {
      const kind = roll(4)
      if (kind === 0) return `0x${(0x2008_0001 + (roll(4) << 10)).toString(16)}`
      const high = roll(0x400)
      return `0x${((BigInt(high) << 44n) | BigInt(roll(2 ** 31)) | 1n).toString(16)}`
    }
    lines.push('li x6, 0x80200000', `li x7, ${(BigInt(mode) << 60n) | 0x8_0300n}`)
    for (let i = 0; i < 60; i++) {
      lines.push(`li x8, ${entry()}`, `li x9, ${0x8030_0000 + roll(1024) * 8}`, 'sd x8, 0(x9)')
    }
    lines.push('li x8, 0x200000cf', 'li x9, 0x80300010', 'sd x8, 0(x9)', 'csrw satp, x7', 'sfence.vma')
    for (let i = 0; i < 60; i++) {
      const va = (BigInt(roll(2 ** 32)) << 32n) | BigInt(roll(2 ** 32))
      lines.push(`li x10, ${va >> BigInt(roll(40))}`, roll(2) ? 'ld x11, 0(x10)' : 'sw x11, 0(x10)')
      if (roll(8) === 0) lines.push('sfence.vma')
    }
    runHostile(`${lines.join('\n')}\nloop: j loop\n${SKIP}`)
  })

  test.each(seeds)('device registers hit with every width and offset, seed %i', (seed) => {
    const roll = random(seed * 15_485_863)
    const devices = [
      0x10_1000,
      0x200_0000,
      0xc00_0000,
      0x1000_0000,
      ...[0, 1, 7].map((slot) => 0x1000_1000 + slot * 0x1000),
    ]
    const widths = ['sb', 'sh', 'sw', 'sd', 'lb', 'lhu', 'lw', 'ld', 'amoadd.w', 'lr.d', 'sc.d']
    const lines = ['la x5, skip', 'csrw stvec, x5']
    for (let i = 0; i < 800; i++) {
      const base = devices[roll(devices.length)]
      const offset = roll(3) === 0 ? roll(0x1000) : roll(0x40) * 4
      const name = widths[roll(widths.length)]
      const operands = name.startsWith('lr') ? 'x8, (x6)' : name.includes('.') ? 'x8, x7, (x6)' : 'x7, 0(x6)'
      lines.push(
        `li x6, ${base + offset}`,
        `li x7, ${roll(4) === 0 ? roll(2 ** 32) : roll(16)}`,
        `${name} ${operands}`,
      )
    }
    runHostile(`${lines.join('\n')}\nloop: j loop\n${SKIP}`, true)
  })

  test.each(seeds)('DMA descriptors that loop or point outside RAM, seed %i', (seed) => {
    const roll = random(seed * 32_452_843)
    // Disk, network card, console and entropy device by turns.
    const slot = 0x1000_1000 + (seed % 4) * 0x1000
    const register = (offset: number, value: number): string[] => [
      `li x6, ${slot + offset}`,
      `li x7, ${value}`,
      'sw x7, 0(x6)',
    ]
    const addresses = [0x8030_0000, 0x803f_fff8, 0x8040_0000 - 8, 0, 0x1000_1000, 0xffff_fff0, 0x9000_0000]
    const queue = 0x8031_0000
    const lines = ['la x5, skip', 'csrw stvec, x5']
    for (const status of [0, 1, 3]) lines.push(...register(0x70, status))
    lines.push(...register(0x24, 1), ...register(0x20, 1), ...register(0x24, 0), ...register(0x20, 0))
    // Half of them take all features that are offered, indirect descriptors and event indices among them.
    if (roll(2) === 0) lines.push(...register(0x14, 0), 'lw x7, -4(x6)', 'sw x7, 12(x6)')
    lines.push(...register(0x70, 11))
    const area = (at: number): number => (roll(4) === 0 ? addresses[roll(addresses.length)] : at)
    for (const number of [0, 1]) {
      lines.push(...register(0x30, number), ...register(0x38, 8))
      lines.push(...register(0x80, area(queue)), ...register(0x84, 0))
      lines.push(...register(0x90, queue + 0x1000), ...register(0x94, 0))
      lines.push(...register(0xa0, area(queue + 0x2000)), ...register(0xa4, 0), ...register(0x44, 1))
    }
    lines.push(...register(0x70, 15))
    for (let round = 0; round < 12; round++) {
      for (let index = 0; index < 8; index++) {
        const at = queue + index * 16
        lines.push(`li x6, ${at}`, `li x7, ${addresses[roll(addresses.length)] + roll(64)}`, 'sd x7, 0(x6)')
        lines.push(`li x7, ${roll(3) === 0 ? 0xffff_ffff : roll(1024)}`, 'sw x7, 8(x6)')
        lines.push(`li x7, ${roll(8) | (roll(10) << 16)}`, 'sw x7, 12(x6)')
      }
      lines.push(
        `li x6, ${queue + 0x1000}`,
        `li x7, ${(round + 1 + (roll(6) === 0 ? 5000 : 0)) << 16}`,
        'sw x7, 0(x6)',
      )
      lines.push(`li x7, ${roll(12)}`, `sh x7, ${4 + (round % 8) * 2}(x6)`, ...register(0x50, roll(2)))
    }
    runHostile(`${lines.join('\n')}\nloop: j loop\n${SKIP}`, true)
  })
}
