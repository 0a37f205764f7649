/* What the kernel's verifier has to say, though it has accepted the program.
 * @engines: kernel
 * @args: -q -x bpflog -x bpflogsize=1m
 * @mask: BPF: processed .* => BPF: processed
 * @mask: (BPF: processed\n)+ => BPF: processed\n
 */
BEGIN { exit(0); }
