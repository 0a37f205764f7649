/* @status: 1
 * @args: -x errtags */
BEGIN { jstack(1, -1); exit(0); }
