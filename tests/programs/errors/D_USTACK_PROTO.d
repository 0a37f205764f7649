/* @status: 1
 * @args: -x errtags */
BEGIN { ustack(1, 2, 3); exit(0); }
