/* @status: 1
 * @args: -x errtags */
BEGIN { x = ustack(-1); exit(0); }
