import type { PortForward } from '@worldswitch/network/node'
import { InvalidArgumentError } from 'commander'

const UNITS: Readonly<Record<string, number>> = { '': 2 ** 20, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 }

/**
 * A size of memory such as `128M` or `1G`; a bare number is in MiB.
 *
 * @returns bytes.
 */
export function memorySize(text: string): number {
  const match = /^(\d+)\s*([KMG]?)(?:i?B)?$/i.exec(text.trim())
  const bytes = match ? Number(match[1]) * UNITS[match[2].toUpperCase()] : Number.NaN
  if (!Number.isSafeInteger(bytes) || bytes === 0 || bytes % 4096 !== 0) {
    throw new InvalidArgumentError(`'${text}' is no size of memory; write 64M, 128M or 1G.`)
  }
  return bytes
}

/** A whole number from `least` on. */
export const wholeNumber =
  (least: number) =>
  (text: string): number => {
    const value = Number(text)
    if (!/^\d+$/.test(text) || value < least || !Number.isSafeInteger(value)) {
      throw new InvalidArgumentError(`'${text}' is no whole number from ${least} on.`)
    }
    return value
  }

/** An address, decimal or hexadecimal with 0x. */
export function address(text: string): bigint {
  if (!/^(0x[0-9a-f]+|\d+)$/i.test(text))
    throw new InvalidArgumentError(`'${text}' is no address; write 0x80200000.`)
  return BigInt.asUintN(64, BigInt(text))
}

/** A port of the host and one of the guest, `2222:22`; with an address to listen at, `0.0.0.0:2222:22`. */
export function portForward(text: string): PortForward {
  const match = /^(?:(\d+\.\d+\.\d+\.\d+):)?(\d{1,5}):(\d{1,5})$/.exec(text)
  const [, hostAddress, hostPort, guestPort] = match ?? []
  if (
    !match ||
    Number(hostPort) > 65_535 ||
    Number(hostPort) === 0 ||
    Number(guestPort) > 65_535 ||
    Number(guestPort) === 0
  ) {
    throw new InvalidArgumentError(`'${text}' is no pair of ports; write 2222:22, or 0.0.0.0:2222:22.`)
  }
  return {
    hostPort: Number(hostPort),
    guestPort: Number(guestPort),
    ...(hostAddress !== undefined && { hostAddress }),
  }
}
