import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { bootargs, disk, expectedTranscript } from '@worldswitch/guest-kernel'
import { assemble } from '@worldswitch/isa'
import { decodeFdt, stringsOf } from '@worldswitch/machine'
import { describe, expect, test } from 'vitest'
import { scratchFolder, startWorldswitch, worldswitch } from './command.ts'

const folder = scratchFolder()
const strategies = ['bare', 'trap-emulate', 'hardware-assisted']
const MEMORY = 64 * 2 ** 20

/** A file of plain code for 0x80200000. */
function program(name: string, source: string): string[] {
  const file = path.join(folder, name)
  writeFileSync(file, assemble(source, { origin: 0x8020_0000n }).bytes)
  return ['--kernel', file, '--raw', '0x80200000']
}

/** An ELF file with one segment, entered at its first byte. */
function elfOf(code: Uint8Array, address: bigint): Uint8Array {
  const file = new Uint8Array(120 + code.length)
  const view = new DataView(file.buffer)
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1])
  const halfwords: [number, number][] = [
    ...([
      [16, 2],
      [18, 243],
      [20, 1],
      [52, 64],
      [54, 56],
      [56, 1],
      [58, 64],
    ] as [number, number][]),
  ]
  for (const [at, value] of halfwords) view.setUint16(at, value, true)
  view.setBigUint64(24, address, true)
  view.setBigUint64(32, 64n, true)
  view.setUint32(64, 1, true)
  view.setUint32(68, 5, true)
  for (const [at, value] of [
    [72, 120n],
    [80, address],
    [88, address],
    [96, BigInt(code.length)],
    [104, BigInt(code.length)],
  ] as const)
    view.setBigUint64(at, value, true)
  file.set(code, 120)
  return file
}

/** Stores a command to the test finisher. */
const finish = (command: number): string => `li t0, 0x100000\nli t1, ${command}\nsw t1, 0(t0)\n9: j 9b\n`

/**
 * Drops what the UART has received after a million steps, prints READY, and then, woken by the UART's interrupt, the two
 * bytes that come.
 */
const INPUT_WHEN_READY = `
  li s0, 0x10000000
  li t0, '!'
  sb t0, 0(s0)
  li t1, 500000
1:
  addi t1, t1, -1
  bnez t1, 1b
2:
  lbu t0, 5(s0)
  andi t0, t0, 1
  beqz t0, 3f
  lbu t0, 0(s0)
  j 2b
3:
  la t1, ready
4:
  lbu t0, 0(t1)
  beqz t0, 5f
  sb t0, 0(s0)
  addi t1, t1, 1
  j 4b
5:
  li t0, 1
  sb t0, 1(s0)
  li t1, 0x0c000000
  sw t0, 40(t1)
  li t0, 1024
  li t1, 0x0c002080
  sw t0, 0(t1)
  li t0, 512
  csrw sie, t0
  li s1, 2
6:
  lbu t0, 5(s0)
  andi t0, t0, 1
  bnez t0, 7f
  wfi
  j 6b
7:
  lbu t0, 0(s0)
  sb t0, 0(s0)
  addi s1, s1, -1
  bnez s1, 6b
${finish(0x5555)}
ready: .asciz "READY"
`

/** Asks HSM for the status of hart 0, 1, ... until there is none, and prints how many there are. */
const COUNT_HARTS = `
  li s0, 0
1:
  mv a0, s0
  li a6, 2
  li a7, 0x48534d
  ecall
  bnez a0, 2f
  addi s0, s0, 1
  j 1b
2:
  addi a0, s0, '0'
  li a7, 1
  ecall
${finish(0x5555)}`

/**
 * Prints 0 and reboots, having written 1 to sector 0 of the first disk; finds the 1 the next time, prints it, powers off.
 * Legacy-free virtio-mmio with one queue of four descriptors: header, data, status.
 */
const REBOOT_ONCE = `
  li s0, 0x10001000
  sw zero, 0x70(s0)
  li t0, 3
  sw t0, 0x70(s0)
  sw zero, 0x24(s0)
  sw zero, 0x20(s0)
  li t0, 1
  sw t0, 0x24(s0)
  sw t0, 0x20(s0)
  li t0, 11
  sw t0, 0x70(s0)
  sw zero, 0x30(s0)
  li t0, 4
  sw t0, 0x38(s0)
  la s1, table
  sw s1, 0x80(s0)
  sw zero, 0x84(s0)
  la s2, ready
  sw s2, 0x90(s0)
  sw zero, 0x94(s0)
  la s3, done
  sw s3, 0xa0(s0)
  sw zero, 0xa4(s0)
  li t0, 1
  sw t0, 0x44(s0)
  li t0, 15
  sw t0, 0x70(s0)
  li s5, 0
  # Read.
  li a0, 0
  li a1, 3
  call request
  la t0, data
  lbu s4, 0(t0)
  beqz s4, first
  mv a0, s4
  li a7, 1
  ecall
${finish(0x5555)}
first:
  li a0, '0'
  li a7, 1
  ecall
  la t0, data
  li t1, '1'
  sb t1, 0(t0)
  li a0, 1
  li a1, 1
  call request
${finish(0x7777)}
request:
  la t0, header
  sw a0, 0(t0)
  sd t0, 0(s1)
  li t1, 16
  sw t1, 8(s1)
  li t1, 1
  sh t1, 12(s1)
  sh t1, 14(s1)
  la t0, data
  sd t0, 16(s1)
  li t1, 512
  sw t1, 24(s1)
  sh a1, 28(s1)
  li t1, 2
  sh t1, 30(s1)
  la t0, status
  sd t0, 32(s1)
  li t1, 1
  sw t1, 40(s1)
  li t1, 2
  sh t1, 44(s1)
  addi s5, s5, 1
  sh s5, 2(s2)
  fence
  sw zero, 0x50(s0)
3:
  lhu t0, 2(s3)
  bne t0, s5, 3b
  ret
  .align 4
table: .zero 64
ready: .zero 16
  .align 4
done: .zero 48
header: .zero 16
status: .zero 16
data: .zero 512
`

describe.each(strategies)('boot between pipes on %s', (strategy) => {
  test('puts the console on standard output, and nothing else', async () => {
    const run = { bench: ['getpid'], scale: 1 } as const
    const golden = expectedTranscript({ ...run, memoryBytes: MEMORY, diskBytes: (await disk()).length })
    const args = ['boot', '--strategy', strategy, '--memory', '64M', '--append', bootargs(run)]
    expect(await worldswitch([...args, '--clock', 'virtual'])).toEqual({
      status: 0,
      stdout: golden,
      stderr: '',
    })
    expect(await worldswitch([...args, '--clock', 'wall'])).toEqual({ status: 0, stdout: golden, stderr: '' })
  })

  test('passes standard input on', async () => {
    const { status, stdout } = await worldswitch(['boot', '-s', strategy], {
      input: 'echo one two | wc\nexit\n',
    })
    expect(status).toBe(0)
    expect(stdout).toContain('1 2 8\n')
  })

  test.each([
    ['after the guest has printed something', 'READY', '!READYab'],
    ['at last, when the guest waits for nothing else', 'never', '!READYab'],
  ])('passes standard input on %s', async (_when, text, stdout) => {
    // Prints what comes before it is ready, after a "!", to prove that nothing does; then two bytes, and ends.
    const kernel = program(`${strategy}-ready.bin`, INPUT_WHEN_READY)
    const args = ['boot', '-s', strategy, '--clock', 'virtual', '--input-after', text, ...kernel]
    expect(await worldswitch(args, { input: 'ab' })).toMatchObject({ status: 0, stdout })
  })

  test.each([
    ['powers off', finish(0x5555), 0, ''],
    ['reports a failure', finish(0x0007_3333), 7, 'ended with failure 7'],
    ['reports a large failure', finish(0x1234_3333), 99, 'ended with failure 4660'],
    ['asks for a reset', finish(0x7777), 100, 'asked for a reset'],
    ['waits for ever', 'csrw sie, zero\nagain: wfi\nj again\n', 101, 'waits for input'],
  ])('ends with a status of its own when the guest %s', async (what, source, status, message) => {
    const kernel = program(`${strategy}-${what.replaceAll(' ', '-')}.bin`, source)
    const result = await worldswitch([
      ...['boot', '-s', strategy, '--clock', 'virtual', '--no-reboot'],
      ...kernel,
    ])
    expect(result).toMatchObject({ status, stdout: '' })
    expect(result.stderr).toContain(message)
  })

  test('starts again when the guest asks for it, with the disk as it is', async () => {
    const file = path.join(folder, `${strategy}-reboot.img`)
    writeFileSync(file, new Uint8Array(512))
    const kernel = program(`${strategy}-reboot.bin`, REBOOT_ONCE)
    const args = ['boot', '-s', strategy, '--clock', 'virtual', '--disk', file]
    expect(await worldswitch([...args, ...kernel])).toEqual({ status: 0, stdout: '01', stderr: '' })
    expect(readFileSync(file)[0]).toBe('1'.charCodeAt(0))
  })

  test('can be interrupted when the guest does nothing but reboot', async () => {
    const kernel = program(`${strategy}-rebooting.bin`, `li a7, 1\nli a0, 33\necall\n${finish(0x7777)}`)
    const { process, seen, finished } = startWorldswitch(['boot', '-s', strategy, ...kernel])
    await seen('!!!')
    process.kill('SIGTERM')
    expect(await finished).toMatchObject({ status: 143, stderr: '' })
  })

  test('gives the guest as many harts as asked for', async () => {
    const kernel = program(`${strategy}-harts.bin`, COUNT_HARTS)
    const args = ['boot', '-s', strategy, '--clock', 'virtual', ...kernel]
    expect((await worldswitch(args)).stdout).toBe('1')
    expect((await worldswitch([...args, '--harts', '4'])).stdout).toBe('4')
  })

  test('leaves the files of disks alone with --snapshot, and only then', async () => {
    const image = Buffer.from(await disk())
    const file = path.join(folder, `${strategy}.img`)
    writeFileSync(file, image)
    const input = 'echo kept > /tmp/note\nexit\n'
    const args = ['boot', '-s', strategy, '--disk', file]
    expect(await worldswitch([...args, '--snapshot'], { input })).toMatchObject({ status: 0 })
    expect(readFileSync(file).equals(image)).toBe(true)
    expect(await worldswitch(args, { input })).toMatchObject({ status: 0 })
    const again = path.join(folder, `${strategy}-again.img`)
    copyFileSync(file, again)
    const read = await worldswitch(['boot', '-s', strategy, '-d', again], {
      input: 'cat /tmp/note\nexit\n',
    })
    expect(read.stdout).toContain('kept\n')
  })
})

describe('boot ends', () => {
  const endless = 'again: j again\n'

  test.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const)('on %s with status %d, whatever the guest does', async (signal, status) => {
    const kernel = program('hello.bin', `li a7, 1\nli a0, 33\necall\n${endless}`)
    const { process, seen, finished } = startWorldswitch(['boot', ...kernel])
    await seen('!')
    process.kill(signal)
    expect(await finished).toMatchObject({ status, stdout: '!', stderr: '' })
  })

  test('when nobody reads its output any more', async () => {
    const kernel = program('chatty.bin', 'again: li a7, 1\nli a0, 33\necall\nj again\n')
    const { process, seen, finished } = startWorldswitch(['boot', ...kernel])
    await seen('!!')
    process.stdout?.destroy()
    expect(await finished).toMatchObject({ status: 141, stderr: '' })
  })

  test('before it starts when a disk is none', async () => {
    const file = path.join(folder, 'odd.img')
    writeFileSync(file, new Uint8Array(700))
    const missing = await worldswitch(['boot', '--disk', path.join(folder, 'none.img')])
    expect(missing).toMatchObject({ status: 1, stdout: '' })
    expect(missing.stderr).toContain('does not exist')
    const odd = await worldswitch(['boot', '--disk', file])
    expect(odd).toMatchObject({ status: 1, stdout: '' })
    expect(odd.stderr).toContain('pad it to 1024 bytes')
  })

  test('before it starts when the kernel does not fit', async () => {
    const { status, stdout, stderr } = await worldswitch(['boot', '--memory', '1M'])
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' })
    expect(stderr).toMatch(/RAM/)
  })
})

describe('the bare machine is made as asked', () => {
  test('of a device tree that is written and read again', async () => {
    const file = path.join(folder, 'out', 'virt.dtb')
    const dumped = await worldswitch([
      'boot',
      '--dump-dtb',
      file,
      '--harts',
      '3',
      '--mmu',
      'sv48',
      '-a',
      'old',
    ])
    expect(dumped).toEqual({ status: 0, stdout: '', stderr: '' })
    const { root } = decodeFdt(readFileSync(file))
    expect(Object.keys(root.children.cpus.children)).toEqual(['cpu@0', 'cpu@1', 'cpu@2', 'cpu-map'])
    const { properties } = root.children.cpus.children['cpu@0']
    expect(stringsOf(properties['mmu-type'])).toEqual(['riscv,sv48'])
    expect(stringsOf(properties['riscv,isa'])[0]).toMatch(/^rv64imafdch_/)
    const again = path.join(folder, 'again.dtb')
    await worldswitch(['boot', '--dump-dtb', again, '--no-h'])
    expect(readFileSync(again, 'latin1')).toMatch(/rv64imafdc_/)
    await worldswitch(['boot', '--dtb', file, '--dump-dtb', again, '-a', 'new'])
    const { chosen, ...others } = decodeFdt(readFileSync(again)).root.children
    expect(stringsOf(chosen.properties.bootargs)).toEqual(['new'])
    expect(others).toEqual({ ...root.children, chosen: undefined })
  })

  test.each([
    ['sv39', 8],
    ['sv48', 9],
    ['sv57', 10],
  ])('of page tables up to %s', async (mmu, widest) => {
    // Tries to set each mode from the widest down, and exits with the one that satp took. The root maps the low GiB or
    // more, and for Sv39 RAM, to themselves.
    const kernel = program(
      `${mmu}.bin`,
      `la t0, root
  li t1, 0xcf
  sd t1, 0(t0)
  li t1, 0x200000cf
  sd t1, 16(t0)
  srli t0, t0, 12
  li t2, 11
1: addi t2, t2, -1
  slli t1, t2, 60
  or t1, t1, t0
  csrw satp, t1
  csrr t1, satp
  beqz t1, 1b
  li t0, 0x100000
  slli t1, t2, 16
  li t3, 0x3333
  or t1, t1, t3
  sw t1, 0(t0)
2: j 2b
  .align 12
root: .zero 4096`,
    )
    expect(await worldswitch(['boot', '--mmu', mmu, ...kernel])).toMatchObject({ status: widest })
  })

  test.each(['raw', 'elf'])('with firmware from a file (%s)', async (format) => {
    const file = path.join(folder, `firmware-${format}`)
    // Says F, points mepc at the kernel that a2 tells of, opens memory, and goes there in S-mode.
    const { bytes } = assemble(
      `li t0, 0x10000000
  li t1, 'F'
  sb t1, 0(t0)
  ld t1, 16(a2)
  csrw mepc, t1
  li t1, -1
  csrw pmpaddr0, t1
  li t1, 0x1f
  csrw pmpcfg0, t1
  li t1, 0x800
  csrw mstatus, t1
  mret`,
      { origin: 0x8000_0000n },
    )
    writeFileSync(file, format === 'raw' ? bytes : elfOf(bytes, 0x8000_0000n))
    const kernel = program('said-by-s.bin', `li t0, 0x10000000\nli t1, 'S'\nsb t1, 0(t0)\n${finish(0x5555)}`)
    expect(await worldswitch(['boot', '--bios', file, ...kernel])).toEqual({
      status: 0,
      stdout: 'FS',
      stderr: '',
    })
  })

  test.each<[string, string[], number, RegExp]>([
    ['firmware that is not there', ['--bios', '/no/such'], 1, /firmware \/no\/such could not be read/],
    [
      'a device tree that is none',
      ['--dtb', fileURLToPath(import.meta.url)],
      1,
      /boot\.test\.ts: .*no flattened device tree/,
    ],
    [
      'firmware under a hypervisor',
      ['-s', 'trap-emulate', '--bios', 'x'],
      2,
      /--bios is about the bare machine/,
    ],
    ['a device tree under a hypervisor', ['-s', 'trap-emulate', '--dtb', 'x'], 2, /--dtb is about the bare/],
    ['a guest that nobody knows', ['--guest', 'minix'], 1, /no guest is named 'minix'/],
    ['two kernels', ['--guest', 'debian', '--kernel', 'x'], 2, /give it or --kernel/],
    ['half a hart under a hypervisor', ['-s', 'trap-emulate', '--no-h'], 2, /--no-h is about the bare/],
    ['33 harts', ['--harts', '33'], 1, /1 to 32/],
    ['nine virtual CPUs', ['-s', 'trap-emulate', '--harts', '9'], 1, /1 to 8/],
    ['no harts', ['--harts', '0'], 2, /whole number from 1/],
    ['unknown page tables', ['--mmu', 'sv64'], 2, /sv39, sv48, sv57/],
  ])('and not of %s', async (_what, args, status, message) => {
    const result = await worldswitch(['boot', ...args])
    expect(result).toMatchObject({ status, stdout: '' })
    expect(result.stderr).toMatch(message)
  })
})

describe('boot with a network', () => {
  /** Ends with the device IDs of the first two virtio slots as a failure code, 10 for each of the first. */
  const LOOK = `li t0, 0x10001000
    lw t1, 8(t0)
    li t2, 0x10002000
    lw t2, 8(t2)
    li t3, 10
1:  beqz t1, 2f
    addi t2, t2, 10
    addi t1, t1, -1
    j 1b
2:  slli t2, t2, 16
    li t0, 0x3333
    or t2, t2, t0
    li t0, 0x100000
    sw t2, 0(t0)
wait: j wait
`

  test.each(
    strategies.flatMap((strategy) => [
      [strategy, [], 0, 1],
      [strategy, ['--net', 'isolated'], 10, 10],
      [strategy, ['--net', 'user', '--clock', 'wall', '--rng'], 14, 14],
      [strategy, ['--rng'], 40, 40],
    ]),
  )('on %s, with %j, finds devices %d', async (strategy, args, _devices, status) => {
    const kernel = program(`look-${strategy}.bin`, LOOK)
    expect(await worldswitch(['boot', '-s', `${strategy}`, ...kernel, ...(args as string[])])).toMatchObject({
      status,
    })
  })

  test('listens at a port of this host, and says when it cannot', async () => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const kernel = program('idle.bin', 'li a7, 1\nli a0, 33\necall\nagain: wfi\nj again\n')
    const args = ['boot', ...kernel, '--net', 'user', '--forward', `${port}:22`]
    const refused = await worldswitch(args)
    expect(refused).toMatchObject({ status: 1, stdout: '' })
    expect(refused.stderr).toContain('another program listens there')
    await new Promise((resolve) => server.close(resolve))
    const { process, seen, finished } = startWorldswitch(args)
    await seen('!')
    const client = connect(port, '127.0.0.1')
    await new Promise((resolve) => client.once('connect', resolve))
    process.kill('SIGTERM')
    expect(await finished).toMatchObject({ status: 143 })
    client.destroy()
  })
})
