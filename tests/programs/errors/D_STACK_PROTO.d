/* @status: 1
 * @args: -x errtags */
BEGIN { stack(1, 2); exit(0); }
