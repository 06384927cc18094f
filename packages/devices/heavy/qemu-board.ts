import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AccessWidth, Device } from '../src/device.ts'
import { GuestRam } from '../test/guest-ram.ts'

const LETTER = { 1: 'b', 2: 'w', 4: 'l', 8: 'q' } as const
const hex = (value: number | bigint): string => `0x${value.toString(16)}`

/**
 * QEMU's `virt` board with harts that sleep, whose physical address space is read and written over its test protocol.
 * Everything is synchronous: named pipes carry the protocol.
 */
export class QemuBoard {
  readonly #folder = mkdtempSync(join(tmpdir(), 'qemu-'))
  readonly #child: ChildProcess
  readonly #requests: number
  readonly #replies: number
  readonly #buffer = Buffer.alloc(1 << 16)
  #received = ''

  /** @param disk - the contents of its one virtio disk; it has a network card, too. */
  constructor(disk: Uint8Array) {
    const image = join(this.#folder, 'disk.img')
    const pipe = join(this.#folder, 'pipe')
    writeFileSync(image, disk)
    // Without it, opening the pipes would wait for ever.
    execFileSync('qemu-system-riscv64', ['--version'])
    execFileSync('mkfifo', [`${pipe}.in`, `${pipe}.out`])
    const options = [
      '-M virt -smp 2 -m 128 -bios none -display none -serial null -monitor none -qtest-log /dev/null',
      '-global virtio-mmio.force-legacy=false -device virtio-blk-device,drive=d,serial=worldswitch,config-wce=off',
      // Two instructions, `wfi` and a jump to it: stopped harts would stop the network, too.
      '-device loader,addr=0x80000000,data=0xffdff06f10500073,data-len=8',
      '-netdev user,id=n -device virtio-net-device,netdev=n,host_mtu=1500',
    ]
    this.#child = spawn(
      'qemu-system-riscv64',
      [
        ...options.join(' ').split(' '),
        ...['-qtest', `pipe:${pipe}`, '-drive', `file=${image},format=raw,if=none,id=d,cache=unsafe`],
      ],
      { stdio: 'ignore' },
    )
    this.#requests = openSync(`${pipe}.in`, 'w')
    this.#replies = openSync(`${pipe}.out`, 'r')
  }

  read(address: number, width: AccessWidth | 8): bigint {
    return BigInt(this.#command(`read${LETTER[width]} ${hex(address)}`))
  }

  write(address: number, width: AccessWidth | 8, value: number | bigint): void {
    this.#command(`write${LETTER[width]} ${hex(address)} ${hex(value)}`)
  }

  /** A device of the board, at its address. */
  device(base: number): Device {
    return {
      compatible: [],
      size: 0x1000,
      read: (offset, width) => Number(this.read(base + offset, width)),
      write: (offset, width, value) => this.write(base + offset, width, value),
      reset() {},
    }
  }

  /** RAM of the board. */
  ram(size: number): GuestRam {
    const command = (line: string): string => this.#command(line)
    const board = this
    return new (class extends GuestRam {
      override read(address: number, target: Uint8Array): boolean {
        if (target.length > 0)
          target.set(Buffer.from(command(`read ${hex(address)} ${hex(target.length)}`).slice(2), 'hex'))
        return true
      }
      override write(address: number, source: Uint8Array): boolean {
        if (source.length > 0)
          command(`write ${hex(address)} ${hex(source.length)} 0x${Buffer.from(source).toString('hex')}`)
        return true
      }
      override at(address: number, length: number): Uint8Array {
        const bytes = new Uint8Array(length)
        this.read(address, bytes)
        return bytes
      }
      override get16(address: number): number {
        return Number(board.read(address, 2))
      }
      override set16(address: number, value: number): void {
        board.write(address, 2, value)
      }
      override get32(address: number): number {
        return Number(board.read(address, 4))
      }
      override set32(address: number, value: number): void {
        board.write(address, 4, value)
      }
      override set64(address: number, value: bigint): void {
        board.write(address, 8, BigInt.asUintN(64, value))
      }
    })(size)
  }

  close(): void {
    this.#child.kill()
    closeSync(this.#requests)
    closeSync(this.#replies)
    rmSync(this.#folder, { recursive: true })
  }

  #command(line: string): string {
    writeSync(this.#requests, `${line}\n`)
    const reply = this.#line()
    if (!reply.startsWith('OK')) throw new Error(`QEMU answered ${reply} to ${line}`)
    return reply.slice(3)
  }

  #line(): string {
    for (;;) {
      const end = this.#received.indexOf('\n')
      if (end >= 0) {
        const line = this.#received.slice(0, end)
        this.#received = this.#received.slice(end + 1)
        return line
      }
      const count = readSync(this.#replies, this.#buffer)
      if (count === 0) throw new Error('QEMU has gone')
      this.#received += this.#buffer.toString('latin1', 0, count)
    }
  }
}
