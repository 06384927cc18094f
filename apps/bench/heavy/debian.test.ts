import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { type BenchReport, strategies } from '@worldswitch/bench'
import { Host, type LedgerTotals, runVms, Vm } from '@worldswitch/hypervisor'
import { bootargs, readConsole, workloads } from '@worldswitch/linux-guest'
import { join, learningSwitch, userNetwork } from '@worldswitch/network'
import { beforeAll, describe, expect, test } from 'vitest'
import { readImage } from '../src/images.ts'
import { scratchFolder, startWorldswitch, worldswitch } from '../test/command.ts'
import { debianGuest, guestEnv } from '../test/debian-guest.ts'

const scratch = scratchFolder()
const files: Record<string, string> = {}

beforeAll(async () => {
  Object.assign(files, await debianGuest())
})

/** What `disk` leaves on the disk, whatever the machine. */
const firstWord = 0xe220_a839_7b1d_cdafn

const boot = (append: string, ...more: string[]): string[] => [
  ...['boot', '--kernel', files.kernel!, '--initrd', files.initrd!, '--memory', '256M', '--clock', 'virtual'],
  ...['--append', append, ...more],
]

/** What an exit of KVM's guest may cost, by what `kvm-test` calls it. */
const instructionsPerExit: Readonly<Record<string, readonly [least: number, most: number]>> = {
  'mmio-read': [2500, 4500],
  'sbi-kernel': [700, 1400],
  'sbi-program': [2500, 4500],
  'page-present': [3000, 6000],
  'page-absent': [6500, 12_000],
}

const firmware = (name: string): string[] => (name === 'OpenSBI' ? ['--bios', files.firmwareDynamic!] : [])

describe.each([
  ['built-in firmware', 1, 'sv57'],
  ['built-in firmware', 4, 'sv48'],
  ['OpenSBI', 1, 'sv39'],
  ['OpenSBI', 4, 'sv57'],
])('Debian with %s, %i hart(s) and %s', (name, harts, mmu) => {
  test('runs all workloads and KVM as on QEMU, and powers off', async () => {
    const disk = path.join(scratch, `${name}-${harts}.img`.replaceAll(' ', '-'))
    writeFileSync(disk, new Uint8Array(2 ** 20))
    const append = bootargs({ run: ['kvm-test', 'all'], disk: '/dev/vda' })
    const more = ['--harts', String(harts), '--mmu', mmu, '--disk', disk, ...firmware(name)]
    const { status, stdout } = await worldswitch(boot(`quiet ${append}`, ...more))
    const transcript = readConsole(stdout)
    expect(transcript.checks.filter((check) => check.status !== 'ok')).toEqual([])
    expect(transcript.checks).toHaveLength(23)
    expect(transcript.workloads).toEqual(
      workloads.map((workload) => ({ name: workload.name, status: 'ok', checksum: workload.checksum })),
    )
    expect({ status, ok: transcript.ok }).toEqual({ status: 0, ok: true })
    expect(readFileSync(disk).readBigUInt64LE(0)).toBe(firstWord)
    // Of the order that Linux on QEMU shows: an exit costs what its kernel code costs.
    expect(transcript.counts.map(({ name: kind }) => kind)).toEqual(Object.keys(instructionsPerExit))
    for (const { name: kind, exits, instructions } of transcript.counts) {
      if (instructions === undefined) continue
      const [least, most] = instructionsPerExit[kind]!
      expect(instructions / exits, kind).toBeGreaterThan(least)
      expect(instructions / exits, kind).toBeLessThan(most)
    }
  })
})

describe.each([
  ['hardware-assisted', 1],
  ['hardware-assisted', 2],
  ['trap-emulate', 1],
  ['trap-emulate', 2],
])('Debian under %s with %i virtual CPU(s)', (strategy, harts) => {
  test('runs all workloads as on the bare machine, with disk and network, and powers off', async () => {
    const disk = path.join(scratch, `${strategy}-${harts}.img`)
    writeFileSync(disk, new Uint8Array(2 ** 20))
    const append = bootargs({ run: ['all'], disk: '/dev/vda' })
    const more = ['-s', strategy, '--harts', String(harts), '--disk', disk, '--net', 'isolated']
    const { status, stdout } = await worldswitch(boot(`quiet ${append}`, ...more))
    const transcript = readConsole(stdout)
    expect(transcript.workloads).toEqual(
      workloads.map((workload) => ({ name: workload.name, status: 'ok', checksum: workload.checksum })),
    )
    expect({ status, ok: transcript.ok }).toEqual({ status: 0, ok: true })
    expect(readFileSync(disk).readBigUInt64LE(0)).toBe(firstWord)
  })
})

/** Boots Debian under a strategy to its shell; what happened on the way. */
async function bootToShell(name: string, harts: number): Promise<LedgerTotals> {
  const strategy = strategies.get(name)
  const host = new Host({ memory: 288 * 2 ** 20, hypervisor: strategy.needsHypervisor ?? false })
  let text = ''
  const vm = new Vm(host, {
    strategy,
    memory: 256 * 2 ** 20,
    vcpus: harts,
    kernel: await readImage(files.kernel!, 'kernel', undefined),
    initrd: readFileSync(files.initrd!),
    bootargs: bootargs(),
    output: (byte) => {
      text += String.fromCharCode(byte)
    },
  })
  while (!text.includes('/ # ') && runVms(host, [vm], { cycles: 10_000_000 }) === 'budget');
  expect(text).toContain('/ # ')
  const totals = vm.ledger.totals()
  console.info(`exits of Debian's boot, ${name}, ${harts} virtual CPU(s): ${JSON.stringify(totals.exits)}`)
  return totals
}

test.each([1, 2])(
  'hardware assistance boots %i virtual CPU(s) without an exit for what the hart does',
  async (harts) => {
    const { exits, directExceptions, directInterrupts } = await bootToShell('hardware-assisted', harts)
    const none = ['guestSystemCall', 'guestPageFault', 'guestFault', 'csrAccess', 'trapReturn'] as const
    for (const kind of [...none, 'translationFence', 'shadowFault', 'floatSwitch'] as const) {
      expect(exits[kind], kind).toBe(0)
    }
    expect(exits.nestedFault).toBeLessThan(150)
    expect(directExceptions).toBeGreaterThan(100)
    expect(directInterrupts).toBeGreaterThan(100)
  },
)

test('trap and emulate boots with the same exits each time, and fills a superpage at a time', async () => {
  const totals = await bootToShell('trap-emulate', 1)
  expect(await bootToShell('trap-emulate', 1)).toEqual(totals)
  const { exits, directExceptions, directInterrupts, directInstructions, emulatedInstructions } = totals
  expect([directExceptions, directInterrupts, exits.nestedFault]).toEqual([0, 0, 0])
  const { csrAccess, trapReturn, translationFence, waitForInterrupt, mmioRead, mmioWrite } = exits
  const carriedOut = csrAccess + trapReturn + translationFence + waitForInterrupt + mmioRead + mmioWrite
  // Some of them fault, and are not carried out.
  expect(emulatedInstructions).toBeLessThanOrEqual(carriedOut)
  expect(emulatedInstructions).toBeGreaterThan(0.99 * carriedOut)
  expect(directInstructions / emulatedInstructions).toBeGreaterThan(2000)
  expect(exits.shadowFault).toBeLessThan(150_000)
  expect(exits.csrAccess).toBeLessThan(450_000)
})

test('run --guest debian compares all strategies, each with the checksums of bare metal', async () => {
  const cwd = path.join(scratch, 'run')
  mkdirSync(cwd)
  const args = ['run', '--guest', 'debian', '-w', 'compute,getpid,mmap,disk', '--json', 'result.json']
  const { status, stdout, stderr } = await worldswitch(args, { env: guestEnv, cwd })
  const names = ['bare', ...strategies.all.map(({ name }) => name)]
  expect({ status, stderr }).toEqual({
    status: 0,
    stderr: names.map((name) => `running on ${name}\n`).join(''),
  })
  expect(stdout).toMatch(/^getpid +bare +[\d,]+ +[\d,]+ +[\d,]+ +1\.00x$/m)
  const report = JSON.parse(readFileSync(path.join(cwd, 'result.json'), 'utf8')) as BenchReport
  expect(report).toMatchObject({ guest: 'debian', version: 1, memory: 256 * 2 ** 20, strategies: names })
  expect(report.workloads.map(({ name }) => name)).toEqual(['boot', 'compute', 'getpid', 'mmap', 'disk'])
  const kinds = (strategy: string, workload: string) =>
    report.workloads.find(({ name }) => name === workload)!.results[names.indexOf(strategy)]!.figures
  // 20,000 system calls, the page faults of 1,500 pages.
  expect(kinds('bare', 'getpid').events.exception).toBeGreaterThan(20_000)
  expect(kinds('trap-emulate', 'getpid').events.guestSystemCall).toBeGreaterThan(20_000)
  expect(kinds('hardware-assisted', 'getpid').events.guestSystemCall).toBe(0)
  expect(kinds('hardware-assisted', 'getpid').directExceptions).toBeGreaterThan(20_000)
  expect(kinds('trap-emulate', 'mmap').events.guestPageFault).toBeGreaterThan(1000)
  expect(kinds('hardware-assisted', 'mmap').events.guestPageFault).toBe(0)
})

test.each(strategies.all.map(({ name }) => name))(
  'two Debians under %s talk over a switch that has a router',
  async (name) => {
    const strategy = strategies.get(name)
    const host = new Host({ memory: 600 * 2 ** 20, hypervisor: strategy.needsHypervisor ?? false })
    const hub = learningSwitch()
    join(hub.port(), userNetwork())
    const kernel = await readImage(files.kernel!, 'kernel', undefined)
    const guests = [1, 2].map((seed) => {
      let text = ''
      const vm = new Vm(host, {
        strategy,
        memory: 256 * 2 ** 20,
        kernel,
        initrd: readFileSync(files.initrd!),
        bootargs: `${bootargs()} quiet`,
        seed,
        networks: [{ backend: hub.port() }],
        rng: true,
        output: (byte) => {
          text += String.fromCharCode(byte)
        },
      })
      return { vm, text: () => text }
    })
    const vms = guests.map(({ vm }) => vm)
    /** Runs both until a guest has printed this. */
    const until = (guest: number, words: string): void => {
      const end = host.cycles + 60e9
      while (!guests[guest]!.text().includes(words) && host.cycles < end)
        runVms(host, vms, { cycles: 5_000_000 })
      expect(guests[guest]!.text()).toContain(words)
    }
    const type = (guest: number, line: string): void => {
      expect(vms[guest]!.input(new TextEncoder().encode(`${line}\n`))).toBe(line.length + 1)
    }
    const address =
      'until a=$(ip -4 -o addr show eth0 | grep -o "10[.]0[.]2[.][0-9]*"); do sleep 1; done; echo "I am" $a | head -n 1'
    for (const guest of [0, 1]) {
      until(guest, '/ # ')
      type(guest, address)
      until(guest, 'I am 10.0.2.1')
    }
    const [server] = guests.map(({ text }) => /I am (10\.0\.2\.1[56])/.exec(text())?.[1])
    type(0, 'nc -l -p 5000 | md5sum')
    type(1, `ping -c 2 ${server} | grep received; ping -c 2 10.0.2.2 | grep received`)
    until(1, '2 packets received, 0% packet loss\r\n2 packets transmitted, 2 packets received')
    type(1, `seq 1 40000 | md5sum; seq 1 40000 | nc ${server} 5000`)
    // 228,894 bytes.
    const sum = createHash('md5')
      .update(Array.from({ length: 40_000 }, (_, i) => `${i + 1}\n`).join(''))
      .digest('hex')
    until(0, sum)
    until(1, sum)
    expect(hub.counts.dropped).toBe(0)
    for (const vm of vms) expect(vm.networks[0]!.counts.received).toBeGreaterThan(70)
  },
)

test('the shell of Debian takes commands and switches the machine off', async () => {
  const guest = startWorldswitch(boot(`quiet ${bootargs()}`, '--harts', '2', '--clock', 'wall'))
  await guest.seen('# ')
  guest.process.stdin?.write('echo $((6 * 7)) harts: $(nproc)\n')
  await guest.seen('42 harts: 2')
  guest.process.stdin?.write('ls -l /dev/kvm; poweroff\n')
  const { status, stdout } = await guest.finished
  expect(stdout).toMatch(/crw.* 10, 232 .*\/dev\/kvm/)
  expect(status).toBe(0)
})

test('boot --guest takes what was pulled, and input when its prompt is there', async () => {
  const args = ['boot', '--guest', 'debian', '--clock', 'virtual', '--input-after', '/ # ']
  const input = 'echo $((6 * 7)) $(grep -o h_zic /proc/cpuinfo) on; poweroff\n'
  const { status, stdout, stderr } = await worldswitch([...args, '--no-h'], { env: guestEnv, input })
  expect(stdout).toContain('42 on\r\n')
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
})

test('a reboot boots again, firmware included', async () => {
  const args = boot(bootargs(), '--input-after', '/ # ', ...firmware('OpenSBI'))
  const { process, seen, finished } = startWorldswitch(args)
  process.stdin?.write('reboot\n')
  await seen('reboot: Restarting system\r\n\r\nOpenSBI v')
  process.kill('SIGTERM')
  expect(await finished).toMatchObject({ status: 143 })
})

test.each(strategies.all.map(({ name }) => name))(
  'a reboot under %s boots again, with the disk as it is, and a network',
  async (strategy) => {
    const disk = path.join(scratch, `reboot-${strategy}.img`)
    writeFileSync(disk, new Uint8Array(2 ** 20))
    const more = ['-s', strategy, '--harts', '2', '--disk', disk, '--net', 'isolated']
    const guest = startWorldswitch(boot(bootargs(), ...more))
    await guest.seen('/ # ')
    guest.process.stdin?.write('echo once | dd of=/dev/vda conv=fsync; reboot\n')
    await guest.seen('reboot: Restarting system', '/ # ', 'lease of 10.0.2.15')
    guest.process.stdin?.write('head -c 4 /dev/vda; cat /proc/uptime; poweroff\n')
    const { status, stdout } = await guest.finished
    // Its time has begun anew, too.
    expect(stdout).toMatch(/\nonce\d\./)
    expect(status).toBe(0)
  },
)
