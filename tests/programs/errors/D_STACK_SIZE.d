/* @status: 1
 * @args: -x errtags */
BEGIN { stack(0); exit(0); }
