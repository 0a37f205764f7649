/* One CPU only: BEGIN, END and tick probes fire there as well.
 * @args: -q -x cpu=0
 * @engines: kernel
 */
BEGIN, END, tick-10ms { @[probename, cpu] = count(); }
tick-10ms { exit(0); }
