/** What a machine is to boot: the same files and the same command line, whoever boots them. */
export interface PeerTask {
  /** An ELF file for S-mode or a Linux Image. */
  readonly kernel: string
  readonly initrd?: string
  /** Firmware for M-mode, plain code for the start of RAM; the machine's own when left out. */
  readonly firmware?: string
  readonly bootargs: string
  /** Bytes of RAM. */
  readonly memory: number
  /** Whether the hart must have the hypervisor extension; if not, it is as it usually is. */
  readonly hypervisor?: boolean
}

/** How a process is started. */
export interface Invocation {
  readonly file: string
  readonly args: readonly string[]
}

/**
 * A machine that others are compared with: a program of this computer that boots RISC-V images on a `virt` board with
 * one hart, has the console on its standard streams, and ends with status 0 when the guest switches itself off.
 *
 * @see docs/adding/peer.md
 */
export interface Peer {
  /** One word. */
  readonly name: string
  readonly title: string
  /**
   * What it says of itself, in a line.
   *
   * @throws UserError with what to install when it is not there.
   */
  version(): Promise<string>
  /** The command that boots a task. */
  command(task: PeerTask): Invocation
}
