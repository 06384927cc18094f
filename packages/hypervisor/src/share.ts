import { HypervisorError } from './hypervisor-error.ts'

/** What part of a hart a VM gets when others want it too, and how much at most. */
export interface ShareOptions {
  /** VMs that want the hart get it in proportion to their weights: 1 to 65,535. Default 256. */
  readonly weight?: number
  /** Most of the hart in percent, even when no one else wants it: more than 0, to 100. Default: no such bound. */
  readonly cap?: number
}

const MOST_WEIGHT = 65_535

/** A VM's part of the hart, which can be changed while it runs. {@link runVms} goes by it. */
export class Share {
  #weight = 256
  #cap = Number.POSITIVE_INFINITY

  /** @throws HypervisorError `bad-schedule` for a weight or a cap that is none. */
  constructor({ weight = 256, cap = Number.POSITIVE_INFINITY }: ShareOptions) {
    this.weight = weight
    this.cap = cap
  }

  /** 1 to 65,535. */
  get weight(): number {
    return this.#weight
  }
  set weight(weight: number) {
    if (!Number.isInteger(weight) || weight < 1 || weight > MOST_WEIGHT) {
      throw new HypervisorError(
        'bad-schedule',
        `a VM's weight is ${weight}: give a whole number, 1 to ${MOST_WEIGHT}`,
      )
    }
    this.#weight = weight
  }

  /** Percent of the hart, more than 0; infinite when it is not bounded. */
  get cap(): number {
    return this.#cap
  }
  set cap(cap: number) {
    if (!(cap > 0) || (cap > 100 && cap !== Number.POSITIVE_INFINITY)) {
      throw new HypervisorError('bad-schedule', `a VM's cap is ${cap} percent: give more than 0, to 100`)
    }
    this.#cap = cap
  }
}
