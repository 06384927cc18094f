import type { Host } from './host.ts'
import type { Vm } from './vm.ts'

/** What a VM may do with the hart. All in cycles of the host. */
interface Account {
  /** What is left of what it was given; below 0 when it had more than its part. */
  credit: number
  /** What its cap leaves it of this period. */
  allowance: number
  /** Its cap when the allowance was last set, in percent. */
  cap: number
  /** When its last turn began, to take turns among equals. */
  lastTurn: number
  /** It waited when it was last looked at. */
  blocked: boolean
  /** It woke up with credit, and has not run since. */
  woken: boolean
}

/** Whose turn is next. */
export interface Turn {
  readonly vm: Vm
  /** It has just woken up and comes before its turn: for a short one. */
  readonly woken: boolean
  /** Most cycles that its cap lets it have now. */
  readonly most: number
}

const creditsOf = new WeakMap<Host, Credits>()

/**
 * The accounts of a host's VMs: the credit scheduler of Xen, with one account per VM and cycles counted exactly.
 *
 * At the begin of a period all VMs together have a period's cycles in credit. What they used is handed out again by
 * weight, but none saves up more than its part of a period (and of a slice for each VM, as turns are of whole slices):
 * what one that waits cannot take goes to the others, so that they do not owe for what no one else wanted.
 */
export class Credits {
  readonly #host: Host
  readonly #accounts = new WeakMap<Vm, Account>()
  #periodEnd = 0
  #period = 0

  private constructor(host: Host) {
    this.#host = host
  }

  /** The accounts on a host, which last from one call of the scheduler to the next. */
  static of(host: Host): Credits {
    let credits = creditsOf.get(host)
    if (!credits) {
      credits = new Credits(host)
      creditsOf.set(host, credits)
    }
    return credits
  }

  /** Hands out credits if a period is over, or has another length. */
  account(vms: readonly Vm[], period: number, slice: number): void {
    const { cycles } = this.#host
    if (cycles < this.#periodEnd && period === this.#period) return
    this.#period = period
    this.#periodEnd = (Math.floor(cycles / period) + 1) * period
    const open = vms.filter(mayRun)
    for (const vm of open) {
      const account = this.#account(vm, open)
      account.allowance = Math.min(account.allowance, 0)
      this.#allow(vm, account)
    }
    this.#handOut(open, period + open.length * Math.min(slice, period))
  }

  /** @returns `undefined` when no VM can run now. */
  next(vms: readonly Vm[]): Turn | undefined {
    let best: Vm | undefined
    let first: Account | undefined
    for (const vm of vms) {
      const { state } = vm
      if (state !== 'running' && state !== 'waiting') continue
      const account = this.#account(vm, vms)
      const woke = account.blocked && state === 'running'
      account.blocked = state === 'waiting'
      if (woke) account.woken = account.credit >= 0
      if (state === 'waiting' || account.allowance < 1) continue
      if (!first || this.#before(vm, account, best!, first)) {
        best = vm
        first = account
      }
    }
    if (!best || !first) return undefined
    const { woken } = first
    first.woken = false
    first.lastTurn = this.#host.cycles
    return { vm: best, woken, most: first.allowance }
  }

  /** Charges a VM for the time for which it had the hart. @param from - cycles of the host. */
  spend(vm: Vm, from: number): void {
    const account = this.#accounts.get(vm)!
    const used = this.#host.cycles - from
    account.credit -= used
    account.allowance -= used
  }

  /** When the first of the VMs that wait, and will come before their turn, has its timer go off; infinite if none will. */
  nextWake(vms: readonly Vm[]): number {
    let wake = Number.POSITIVE_INFINITY
    for (const vm of vms) {
      const account = this.#accounts.get(vm)
      if (account?.blocked && account.credit >= 0 && account.allowance >= 1 && vm.state === 'waiting')
        wake = Math.min(wake, vm.wakeAt)
    }
    return wake
  }

  /** When VMs that could run but for their caps may go on; infinite if there are none. */
  parkedUntil(vms: readonly Vm[]): number {
    return vms.some((vm) => vm.state === 'running') ? this.#periodEnd : Number.POSITIVE_INFINITY
  }

  #account(vm: Vm, among: readonly Vm[]): Account {
    let account = this.#accounts.get(vm)
    if (!account) {
      const part = vm.share.weight / totalWeight(among.filter(mayRun))
      account = {
        credit: part * this.#period,
        allowance: 0,
        cap: 0,
        lastTurn: -1,
        blocked: false,
        woken: false,
      }
      this.#accounts.set(vm, account)
    }
    // A cap that is new, or changed, holds from now on.
    if (account.cap !== vm.share.cap) {
      account.allowance = 0
      this.#allow(vm, account)
    }
    return account
  }

  #allow({ share: { cap } }: Vm, account: Account): void {
    account.cap = cap
    account.allowance += (cap / 100) * this.#period
  }

  #before(vm: Vm, account: Account, other: Vm, otherAccount: Account): boolean {
    if (account.woken !== otherAccount.woken) return account.woken
    const lead = account.credit / vm.share.weight - otherAccount.credit / other.share.weight
    return !account.woken && lead !== 0 ? lead > 0 : account.lastTurn < otherAccount.lastTurn
  }

  /** Makes what all have together a period's cycles, none of them with more than its part of `most`. */
  #handOut(vms: readonly Vm[], most: number): void {
    const perWeight = most / totalWeight(vms)
    let left = this.#period
    for (const vm of vms) {
      const account = this.#accounts.get(vm)!
      account.credit = Math.min(account.credit, perWeight * vm.share.weight)
      left -= account.credit
    }
    for (let open = vms; left > 0 && open.length > 0; ) {
      const each = left / totalWeight(open)
      const notFull: Vm[] = []
      for (const vm of open) {
        const account = this.#accounts.get(vm)!
        const { weight } = vm.share
        const room = perWeight * weight - account.credit
        const given = Math.min(each * weight, room)
        account.credit += given
        left -= given
        if (given < room) notFull.push(vm)
      }
      // Whoever is not full got all that it was to get.
      if (notFull.length === open.length) return
      open = notFull
    }
  }
}

const mayRun = ({ state }: Vm): boolean => state === 'running' || state === 'waiting'

const totalWeight = (vms: readonly Vm[]): number => vms.reduce((sum, { share }) => sum + share.weight, 0)
