import { closeSync, ftruncateSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bootargs, readConsole, workloads } from '../src/index.ts'
import { type InstalledGuest, loadGuest, pullDebian } from '../src/node.ts'
import { bootQemu, haveQemu } from './qemu.ts'

// Stays between runs on a developer's machine: the second pull only asks what is new.
const folder = path.resolve(import.meta.dirname, '../.results/guests')
const scratch = mkdtempSync(path.join(tmpdir(), 'linux-guest-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

/** A new disk of zeros for the emulator. */
const withDisk = (name: string, bytes: number): string[] => {
  const disk = path.join(scratch, name)
  const file = openSync(disk, 'w')
  ftruncateSync(file, bytes)
  closeSync(file)
  return ['-drive', `file=${disk},format=raw,if=none,id=d`, '-device', 'virtio-blk-device,drive=d']
}

const usable = haveQemu() || process.env.CI !== undefined

describe.runIf(usable)("Debian's guest", () => {
  let guest: InstalledGuest
  beforeAll(async () => {
    guest = (await pullDebian({ folder })).guest
  })

  test('is pulled from the archive, and again nothing is to do', async () => {
    expect(guest.kernelRelease).toMatch(/^6\..*-riscv64$/)
    expect((await loadGuest('debian', { folder })).kernel.subarray(48, 56)).toEqual(
      new TextEncoder().encode('RISCV\0\0\0'),
    )
    expect(await pullDebian({ folder })).toEqual({ guest, changed: false })
  })

  test('runs all workloads with the checksums that are known, on four harts and with a disk', async () => {
    const text = await bootQemu(guest, {
      append: bootargs({ run: ['all'], disk: '/dev/vda' }),
      more: ['-smp', '4', ...withDisk('disk.img', 2 ** 20)],
    })
    const { workloads: results, ok } = readConsole(text)
    expect(results).toEqual(workloads.map(({ name, checksum }) => ({ name, status: 'ok', checksum })))
    expect(ok).toBe(true)
    // What `disk` writes into block 0: numbers of a sequence that begins with the block's.
    expect(readFileSync(path.join(scratch, 'disk.img')).readBigUInt64LE(0)).toBe(0xe220_a839_7b1d_cdafn)
  })

  test('runs virtual machines by KVM: every check is ok, and exits are counted', async () => {
    const text = await bootQemu(guest, {
      append: bootargs({ run: ['kvm-test'] }),
      more: ['-icount', 'shift=0'],
    })
    const { checks, counts, ok } = readConsole(text)
    expect(checks.filter(({ status }) => status !== 'ok')).toEqual([])
    expect(checks).toHaveLength(23)
    expect(ok).toBe(true)
    const perExit = Object.fromEntries(
      counts.map(({ name, exits, instructions = 0 }) => [name, instructions / exits]),
    )
    expect(perExit['mmio-read']).toBeGreaterThan(2000)
    expect(perExit['mmio-read']).toBeLessThan(6000)
    expect(perExit['sbi-kernel']).toBeGreaterThan(500)
    expect(perExit['sbi-kernel']).toBeLessThan(2000)
    expect(perExit['page-present']).toBeGreaterThan(2000)
    expect(perExit['page-absent']).toBeGreaterThan(perExit['page-present']!)
    expect(perExit['page-absent']).toBeLessThan(20_000)
  })

  test('gives a shell, makes and mounts a file system on a disk, and is switched off', async () => {
    const text = await bootQemu(guest, {
      append: bootargs(),
      more: withDisk('filesystem.img', 2 ** 23),
      type: [
        ['# ', 'echo $((6 * 7)) $(uname -r)\n'],
        [`42 ${guest.kernelRelease}\n`, 'ip -o link show lo\n'],
        [
          '<LOOPBACK,UP,LOWER_UP>',
          'mke2fs /dev/vda >/dev/null && mount -t ext4 /dev/vda /tmp && echo mounted $?\n',
        ],
        ['mounted 0\n', 'bench nonsense; echo text >/tmp/file; umount /tmp; poweroff\n'],
      ],
    })
    expect(text).toContain('bench: no workload nonsense')
    expect(text).toMatch(/reboot: Power down/)
    expect(readFileSync(path.join(scratch, 'filesystem.img')).includes('text\n')).toBe(true)
  })

  test('refuses to overwrite a disk that nobody named', async () => {
    const text = await bootQemu(guest, { append: bootargs({ run: ['disk'] }) })
    expect(text).toContain('disk overwrites a disk: say which with -d')
    expect(readConsole(text).ok).toBe(false)
  })
})
