import { type DhcpReply, type DhcpRequest, dhcpOption, dhcpType } from './dhcp-message.ts'
import { macKey } from './ethernet.ts'

/** What the server tells its clients. Addresses are numbers of 32 bits. */
export interface DhcpServerOptions {
  readonly server: number
  readonly router: number
  readonly dns: number
  readonly mask: number
  /** First address to give away. */
  readonly first: number
  /** Last address to give away. */
  readonly last: number
}

/** Seconds of a lease: a day. */
const LEASE_TIME = 86_400

/**
 * Gives each client an address and keeps it for that client: in order of their first question, so that equal runs get
 * equal addresses. Leases do not run out; when all are given away, further clients get no answer.
 *
 * @see RFC 2131
 */
export class DhcpServer {
  readonly #options: DhcpServerOptions
  readonly #leases = new Map<number, number>()
  readonly #taken = new Set<number>()

  constructor(options: DhcpServerOptions) {
    this.#options = options
  }

  /** @returns the answer, or `undefined` when there is none. */
  answer(request: DhcpRequest): DhcpReply | undefined {
    const { server } = this.#options
    switch (request.type) {
      case dhcpType.discover: {
        const address = this.#addressFor(request)
        return address === undefined ? undefined : this.#reply(request, dhcpType.offer, address)
      }
      case dhcpType.request:
        // One for another server declines our offer; we keep the address for the client all the same.
        return request.server === undefined || request.server === server ? this.#confirm(request) : undefined
      case dhcpType.inform:
        return this.#reply(request, dhcpType.ack, 0)
      case dhcpType.release:
        this.#release(request)
        return undefined
      default:
        return undefined
    }
  }

  /** Forgets all leases. */
  reset(): void {
    this.#leases.clear()
    this.#taken.clear()
  }

  #confirm(request: DhcpRequest): DhcpReply {
    const wanted = request.requestedAddress ?? request.clientAddress
    return this.#addressFor(request) === wanted
      ? this.#reply(request, dhcpType.ack, wanted)
      : { type: dhcpType.nak, request, address: 0, options: { [dhcpOption.server]: this.#options.server } }
  }

  /** The client's address: the one it has, the one it wants, or the first that is free. */
  #addressFor({ clientMac, requestedAddress, clientAddress }: DhcpRequest): number | undefined {
    const client = macKey(clientMac)
    const leased = this.#leases.get(client)
    if (leased !== undefined) return leased
    const { first, last } = this.#options
    const wanted = requestedAddress ?? clientAddress
    const free = (address: number): boolean =>
      address >= first && address <= last && !this.#taken.has(address)
    let address = wanted
    if (!free(address)) for (address = first; address <= last && !free(address); address++);
    if (address > last) return undefined
    this.#leases.set(client, address)
    this.#taken.add(address)
    return address
  }

  #release({ clientMac, clientAddress }: DhcpRequest): void {
    const client = macKey(clientMac)
    if (this.#leases.get(client) !== clientAddress) return
    this.#leases.delete(client)
    this.#taken.delete(clientAddress)
  }

  #reply(request: DhcpRequest, type: number, address: number): DhcpReply {
    const { server, router, dns, mask } = this.#options
    return {
      type,
      request,
      address,
      options: {
        [dhcpOption.mask]: mask,
        [dhcpOption.router]: router,
        [dhcpOption.dns]: dns,
        [dhcpOption.server]: server,
        ...(address !== 0 && { [dhcpOption.leaseTime]: LEASE_TIME }),
      },
    }
  }
}
