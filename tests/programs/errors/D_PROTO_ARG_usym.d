/* @status: 1
 * @args: -x errtags */
BEGIN { usym("main"); exit(0); }
