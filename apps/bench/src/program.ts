import type { EngineName } from '@worldswitch/cpu'
import type { PortForward } from '@worldswitch/network/node'
import { Command, Option } from 'commander'
import manifest from '../package.json' with { type: 'json' }
import { timeNames } from './peers/process-clock.ts'
import { address, memorySize, portForward, wholeNumber } from './quantities.ts'

/** Where `run` writes its results. Ignored by git. */
const RESULTS_FOLDER = 'worldswitch-results'

const append = (value: string, previous: readonly string[] = []): string[] => [...previous, value]

const forward = (value: string, previous: readonly PortForward[] = []): PortForward[] => [
  ...previous,
  portForward(value),
]

/** Every engine, by its name. The package itself is only imported when it is used. */
const engines = { auto: 0, interpreter: 0, translator: 0, reference: 0 } satisfies Record<EngineName, 0>

const engineOption = (): Option =>
  new Option('--engine <name>', 'what executes instructions').choices(Object.keys(engines)).default('auto')

/**
 * The command line. What a command does is imported when it is called, so that help is quick.
 *
 * @see docs/bench.md
 */
export function createProgram(): Command {
  const program = new Command('worldswitch')
    .description('One RISC-V machine, bare and virtualized: what each way costs, counted exactly.')
    .version(manifest.version, '--version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print help for a command')
    .showSuggestionAfterError()
    .showHelpAfterError('(worldswitch --help says more)')
    .exitOverride()
  addRun(program)
  addBoot(program)
  addTop(program)
  addPeers(program)
  addList(program)
  addDisasm(program)
  addGuests(program)
  // The completion library adds the real one when it is called.
  program
    .command('complete')
    .summary('print a script for shell completion')
    .description('Prints a completion script for a shell: zsh, bash, fish or powershell.')
    .argument('<shell>')
  program.addHelpText(
    'after',
    `
Examples:
  worldswitch run                                   all workloads, bare and virtualized
  worldswitch run --workloads null-call,pipe        two of them
  worldswitch peers --only programs                 this machine and QEMU, in turns
  worldswitch boot                                  a shell on the embedded kernel
  worldswitch boot --strategy trap-emulate          the same under a hypervisor
  source <(worldswitch complete bash)               completion in this shell`,
  )
  return program
}

function addRun(program: Command): void {
  program
    .command('run')
    .summary('run workloads bare and virtualized, and compare')
    .description(
      'Runs workloads of a guest on the bare machine and under hypervisors, and says what each cost and why.',
    )
    .option('-g, --guest <name>', 'a guest that was pulled: debian (default: the embedded kernel)')
    .option('-w, --workloads <names>', 'workloads, separated by commas', 'all')
    .option('-s, --strategies <names>', 'what to run them on, separated by commas', 'all')
    .option('-p, --profile <name>', 'cost profile that weighs the counts', 'riscv')
    .option('--scale <n>', 'how many times the usual amount of work', wholeNumber(1), 1)
    .option('-r, --repetitions <n>', 'how often to run everything; counts must not differ', wholeNumber(1), 1)
    .addOption(
      new Option('-m, --memory <size>', 'guest RAM (default: 64M, 256M with --guest)').argParser(memorySize),
    )
    .option('-o, --out <folder>', 'folder for both result files', RESULTS_FOLDER)
    .option('--json <file>', 'where to write the JSON result instead')
    .option('--markdown <file>', 'where to write the Markdown report instead')
    .addHelpText(
      'after',
      `
Examples:
  worldswitch run
  worldswitch run -w compute,memory --scale 4 -r 3
  worldswitch run --guest debian -w compute,getpid,fork,mmap
  worldswitch run --profile pentium4 --json /tmp/result.json

\`worldswitch list\` prints the names. docs/bench.md describes the JSON result.`,
    )
    .action(async (options) => (await import('./commands/run.ts')).run(options))
}

function addBoot(program: Command): void {
  program
    .command('boot')
    .summary('boot a kernel on the terminal')
    .description(
      'Boots a kernel with its console on the terminal. Where standard output is no terminal, it gets what the guest prints and nothing else.',
    )
    .option('-s, --strategy <name>', 'what to run it on', 'bare')
    .option('-g, --guest <name>', 'a guest that was pulled: debian')
    .option('-k, --kernel <file>', 'ELF file or Linux Image, also with gzip (default: the embedded kernel)')
    .option('--raw <address>', 'take the kernel file as plain code that belongs at this address', address)
    .option('--initrd <file>', 'initial ramdisk')
    .option('-a, --append <text>', 'kernel command line; what follows the console with --guest')
    .addOption(
      new Option('-m, --memory <size>', 'guest RAM (default: 128M, 256M with --guest)').argParser(memorySize),
    )
    .addOption(new Option('--harts <n>', 'harts, or virtual CPUs').argParser(wholeNumber(1)).default(1))
    .option('--no-h', 'harts without the hypervisor extension')
    .option(
      '--bios <file>',
      'firmware for M-mode: builtin, opensbi (comes with the guest debian), or a file',
      'builtin',
    )
    .option('--dtb <file>', "device tree to use instead of the machine's own")
    .option('--dump-dtb <file>', 'write the device tree that the guest would get, and end')
    .addOption(
      new Option('--mmu <mode>', 'widest page tables').choices(['sv39', 'sv48', 'sv57']).default('sv57'),
    )
    .option('-d, --disk <file>', 'disk image; repeat for more (default: the embedded one)', append)
    .option('--snapshot', 'keep what the guest writes to disks in memory; the files stay as they are')
    .addOption(
      new Option(
        '--net <name>',
        "network card: none, isolated (DHCP and DNS, no outside), or with this host's Internet",
      )
        .choices(['none', 'isolated', 'user'])
        .default('none'),
    )
    .option(
      '--forward <ports>',
      'host:guest, such as 2222:22: a port of this host that leads to the guest; repeat for more',
      forward,
    )
    .option('--rng', 'give the guest an entropy device')
    .option('--input-after <text>', 'keep standard input back until the guest has printed this')
    .option('--no-reboot', 'end when the guest asks for a reset, instead of starting it again')
    .addOption(engineOption())
    .addOption(
      new Option('--clock <name>', "the guest's time: the host's, or counted")
        .choices(['wall', 'virtual'])
        .default('wall'),
    )
    .option('-p, --profile <name>', 'cost profile, for a hypervisor on the virtual clock', 'riscv')
    .addHelpText(
      'after',
      `
In a terminal: Ctrl-A x quits, Ctrl-A h helps; everything else goes to the guest, Ctrl-C too.

Exit status: 0 the guest powered off; 1 to 99 its own failure code; 1 or 2 it could not be
started; 100 it asked for a reset (with --no-reboot); 101 it waits for input and there is no
more; 102 out of host memory; 130 quit with Ctrl-A x or Ctrl-C; 141 output closed; 143
terminated.

Examples:
  worldswitch boot
  worldswitch boot -s trap-emulate -a 'bench=all scale=1' --clock virtual > console.txt
  worldswitch boot --guest debian --harts 4 --bios opensbi
  echo 'uname -a; poweroff' | worldswitch boot --guest debian --input-after '# '
  worldswitch boot -k Image --initrd initrd.gz -a 'console=ttyS0' -d root.img --snapshot
  worldswitch boot --guest debian --harts 4 --bios opensbi
  echo 'uname -a; poweroff' | worldswitch boot --guest debian --input-after '# '
  worldswitch boot -k Image --initrd initrd.gz --net user --forward 2222:22`,
    )
    .action(async (options) => (await import('./commands/boot.ts')).boot(options))
}

function addTop(program: Command): void {
  program
    .command('top')
    .summary('watch virtual machines at work: exits per second, by kind')
    .description(
      'Runs virtual machines that share one hart, each with the workloads of its guest, and shows again and again what they make the hypervisor do. In a terminal a table changes in its place; elsewhere there is a line for each machine and interval. Counts are exact, and seconds are those of the hypervisor’s virtual clock: equal runs print the same.',
    )
    .option(
      '-s, --strategies <names>',
      'what to run them under, by turns, separated by commas',
      'hardware-assisted',
    )
    .option('-g, --guest <name>', 'a guest that was pulled: debian (default: the embedded kernel)')
    .addOption(new Option('-n, --vms <n>', 'virtual machines').argParser(wholeNumber(1)).default(1))
    .addOption(new Option('--vcpus <n>', 'virtual CPUs of each').argParser(wholeNumber(1)).default(1))
    .option('-w, --workloads <names>', 'what the guests do, separated by commas', 'all')
    .option('--scale <n>', 'how many times the usual amount of work', wholeNumber(1), 1)
    .addOption(
      new Option('-m, --memory <size>', 'RAM of each (default: 64M, 256M with --guest)').argParser(
        memorySize,
      ),
    )
    .addOption(
      new Option('-i, --interval <ms>', 'milliseconds of virtual time between samples')
        .argParser(wholeNumber(1))
        .default(1000),
    )
    .addOption(new Option('--samples <n>', 'end after so many').argParser(wholeNumber(1)))
    .option('--json', 'print a JSON object in a line for each sample, with counts instead of rates')
    .option('-p, --profile <name>', 'cost profile that the clock counts by', 'riscv')
    .addOption(engineOption())
    .addHelpText(
      'after',
      `
In a terminal q and Ctrl-C quit.

Exit status: 0 all guests ended, or there were enough samples; 101 they wait for something that
does not come; 130 quit.

Examples:
  worldswitch top
  worldswitch top -s hardware-assisted,trap-emulate --guest debian --vms 2
  worldswitch top -w getpid,pipe --interval 100 --json | jq .vms[0].exits`,
    )
    .action(async (options) => (await import('./commands/top.ts')).top(options))
}

function addPeers(program: Command): void {
  program
    .command('peers')
    .summary('run the same binaries here and on other emulators, and compare')
    .description(
      'Boots the same images on this machine and on an installed qemu-system-riscv64, in turns, and prints how their times compare: programs that only compute, and workloads under Debian (if that was pulled).',
    )
    .option(
      '-w, --only <names>',
      'workloads, separated by commas; programs, linux and vs stand for all of a kind',
    )
    .option('-r, --runs <n>', 'turns, each on every machine', wholeNumber(1), 5)
    .option(
      '--rounds <n>',
      "work of each, instead of what takes QEMU about a second: a program's rounds, a Linux workload's scale",
      wholeNumber(1),
    )
    .addOption(engineOption())
    .addOption(
      new Option('--time <name>', "the host's clock, or the time that its processors spent (Linux)")
        .choices(timeNames)
        .default('wall'),
    )
    .option('-p, --peer <names>', 'emulators to compare with, separated by commas', 'qemu')
    .option('--json [file]', 'write the result as JSON: to standard output, or to a file beside the table')
    .addHelpText(
      'after',
      `
Examples:
  worldswitch peers --only programs
  worldswitch peers --only sort,float,linux-pipe --runs 3
  worldswitch peers --json peers.json

\`worldswitch list\` prints the names. docs/peers.md says what is measured, and how.`,
    )
    .action(async (options) => (await import('./commands/peers.ts')).peers(options))
}

function addList(program: Command): void {
  program
    .command('list')
    .summary('list workloads, strategies, cost profiles and peers')
    .description('Lists the names that `run`, `boot` and `peers` take.')
    .argument(
      '[what]',
      'only these: workloads (of the embedded kernel), debian (workloads of that guest), strategies, profiles, peers or comparable',
    )
    .action(async (what) => (await import('./commands/list.ts')).list(what))
}

function addGuests(program: Command): void {
  const guests = program
    .command('guests')
    .summary('fetch operating systems to boot, and see which are there')
    .description(
      'Operating systems that others made, kept in a cache folder: WORLDSWITCH_CACHE, or worldswitch in XDG_CACHE_HOME or ~/.cache.',
    )
  const folder = (): Option => new Option('--folder <folder>', 'folder of the guests, instead of the cache')
  guests
    .command('pull')
    .summary('make a guest, or bring it up to date')
    .description(
      "Makes a guest from its distribution's packages. For debian the machine's own apt fetches and verifies them; this needs no root and changes nothing but the cache.",
    )
    .argument('<guest>', 'name of the guest: debian')
    .option(
      '--mirror <address>',
      "mirror of the distribution's archive (default: those of the machine's apt)",
    )
    .option('--keyring <file>', 'keys that the archive must be signed with')
    .option('--release <name>', 'release of the distribution (default: trixie)')
    .addOption(folder())
    .addHelpText(
      'after',
      `
Needs apt, dpkg and xz. Elsewhere, boot takes files of your own:
  worldswitch boot --kernel Image --initrd initrd.cpio --append console=ttyS0

Examples:
  worldswitch guests pull debian
  worldswitch guests pull debian --mirror http://mirror.example/debian`,
    )
    .action(async (name, options) => (await import('./commands/guests.ts')).pull(name, options))
  guests
    .command('list')
    .summary('list guests, and which were pulled')
    .description('Lists the guests that can be pulled, with the versions of those that were.')
    .addOption(folder())
    .action(async (options) => (await import('./commands/guests.ts')).list(options))
  guests
    .command('path')
    .summary("print where a guest's files are")
    .description('Prints a line for each file of a guest: what it is, a tab, and its path.')
    .argument('<guest>', 'name of the guest')
    .addOption(folder())
    .action(async (name, options) => (await import('./commands/guests.ts')).path(name, options))
  guests
    .command('remove')
    .summary('remove a guest from the cache')
    .description('Removes a guest from the cache. It can be pulled again.')
    .argument('<guest>', 'name of the guest')
    .addOption(folder())
    .action(async (name, options) => (await import('./commands/guests.ts')).remove(name, options))
}

function addDisasm(program: Command): void {
  program
    .command('disasm')
    .summary('print the instructions of a kernel image')
    .description('Prints the instructions of an ELF file, a Linux Image or, with --raw, any file.')
    .argument('<image>', 'file to look at')
    .option('--from <address>', 'first physical address to print', address)
    .option('--count <n>', 'most instructions to print', wholeNumber(1))
    .option('--raw <address>', 'take the file as plain code that belongs at this address', address)
    .addHelpText(
      'after',
      `
Examples:
  worldswitch disasm vmlinux --from 0x80200000 --count 20
  worldswitch disasm boot.bin --raw 0x80000000`,
    )
    .action(async (file, options) => (await import('./commands/disasm.ts')).disasm(file, options))
}
