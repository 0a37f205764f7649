/* @status: 1
 * @args: -x errtags
 */
BEGIN { trace(uregs[-1]); exit(0); }
